"""Where the open data rests: a bucket that everybody may read."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

_ALREADY_THERE = frozenset({"PreconditionFailed", "412"})
_NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})


class OpenData:
    """The bucket of the open data. Names are paths without a leading slash: "reports/2026-11-22.csv"."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, name: str, content: bytes, kind: str, *, seconds: int) -> None:
        """Stores a file of that media type, which readers may keep for so many seconds."""
        self._s3.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=content,
            ContentType=kind,
            CacheControl=f"public, max-age={seconds}",
        )

    def put_once(self, name: str, content: bytes, kind: str) -> bool:
        """Stores a file that never changes again. False when there is one of that name: nothing is written then."""
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=content,
                ContentType=kind,
                CacheControl="public, max-age=31536000, immutable",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _ALREADY_THERE:
                return False
            raise
        return True

    def get(self, name: str) -> bytes | None:
        """A file; None when there is none."""
        try:
            content: bytes = self._s3.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_THERE:
                return None
            raise
        return content
