"""Where pictures rest in S3: what citizens upload (for a day), the originals (sealed), and the copies that are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import Settings

MOST_BYTES = 15_000_000
UPLOAD_SECONDS = 600
LENT_SECONDS = 300
_NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})


class Buckets:
    """The two buckets of pictures. `signer` only signs upload forms."""

    def __init__(self, s3: Any, signer: Any, settings: Settings) -> None:
        self._s3 = s3
        self._signer = signer
        self._settings = settings

    def upload_form(self, photo: str) -> dict[str, Any]:
        """The address and the fields of a form that uploads one picture of at most 15 MB within ten minutes."""
        made: dict[str, Any] = self._signer.generate_presigned_post(
            Bucket=self._settings.uploads_bucket,
            Key=f"uploads/{photo}",
            Fields={"success_action_status": "201"},
            Conditions=[["content-length-range", 1, MOST_BYTES], {"success_action_status": "201"}],
            ExpiresIn=UPLOAD_SECONDS,
        )
        return {"url": made["url"], "fields": made["fields"]}

    def put_upload(self, photo: str, content: bytes) -> None:
        """Stores a picture as if it had been uploaded with a form of `upload_form`."""
        self._s3.put_object(Bucket=self._settings.uploads_bucket, Key=f"uploads/{photo}", Body=content)

    def uploaded(self, photo: str) -> bytes | None:
        """What was uploaded, one byte more than is taken at most; None while nothing was."""
        return self._read(self._settings.uploads_bucket, f"uploads/{photo}", MOST_BYTES + 1)

    def uploaded_at(self, photo: str) -> datetime | None:
        """When it was uploaded; None while nothing was, or since it has expired. Does not look into it."""
        key = f"uploads/{photo}"
        answer = self._s3.list_objects_v2(Bucket=self._settings.uploads_bucket, Prefix=key, MaxKeys=1)
        return next((each["LastModified"] for each in answer.get("Contents", ()) if each["Key"] == key), None)

    def mail(self, key: str, most: int) -> bytes | None:
        """A stored mail; None when it has gone."""
        return self._read(self._settings.mail_bucket, key, most)

    def keep(self, photo: str, sealed: bytes) -> None:
        """Stores an original, sealed."""
        self._s3.put_object(Bucket=self._settings.photos_bucket, Key=f"originals/{photo}", Body=sealed)

    def show(self, photo: str, large: bytes, small: bytes) -> None:
        """Stores the copies that are shown."""
        for content, is_small in ((large, False), (small, True)):
            self._s3.put_object(
                Bucket=self._settings.photos_bucket,
                Key=_shown(photo, small=is_small),
                Body=content,
                ContentType="image/jpeg",
                ServerSideEncryption="AES256",  # S3's own key: the HTTP function may decrypt nothing with ours
            )

    def shown(self, photo: str, *, small: bool) -> bytes | None:
        """A copy that is shown; None when there is none."""
        return self._read(self._settings.photos_bucket, _shown(photo, small=small), MOST_BYTES)

    def original(self, photo: str) -> bytes | None:
        """A sealed original; None when there is none."""
        return self._read(self._settings.photos_bucket, f"originals/{photo}", 2 * MOST_BYTES)

    def forget_picture(self, photo: str, *, shown: bool) -> None:
        """Deletes a picture's original and what was uploaded; with `shown` the copies that are shown as well. Nothing happens
        where there is none."""
        photos = self._settings.photos_bucket
        self._s3.delete_object(Bucket=self._settings.uploads_bucket, Key=f"uploads/{photo}")
        self._s3.delete_object(Bucket=photos, Key=f"originals/{photo}")
        for small in (False, True) if shown else ():
            self._s3.delete_object(Bucket=photos, Key=_shown(photo, small=small))

    def forget_mail(self, key: str) -> None:
        """Deletes a stored mail."""
        self._s3.delete_object(Bucket=self._settings.mail_bucket, Key=key)

    def lend(self, name: str, content: bytes, file: str) -> str:
        """Where `content` can be downloaded for five minutes, as a file of that name. It is gone within a day or two."""
        key = f"opened/{name}"
        self._s3.put_object(
            Bucket=self._settings.photos_bucket,
            Key=key,
            Body=content,
            ContentType="application/octet-stream",
            ServerSideEncryption="AES256",
        )
        url: str = self._signer.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._settings.photos_bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{file}"',
            },
            ExpiresIn=LENT_SECONDS,
        )
        return url

    def _read(self, bucket: str, key: str, most: int) -> bytes | None:
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_THERE:
                return None
            raise
        content: bytes = body.read(most)
        return content


def _shown(photo: str, *, small: bool) -> str:
    return f"shown/{photo}-s.jpg" if small else f"shown/{photo}.jpg"
