"""Draws the 200 pairs that proof is measured on: `python -m scripts.proof_pairs` writes tests/outbound/proof_pairs/.

Every picture is of a place that does not exist. A place is layers at different depths, each drawn by its own chance, so that
the same place can be seen from a step aside, in other light, and before or after the work.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

OUT = Path(__file__).resolve().parent.parent / "tests/outbound/proof_pairs"
WIDTH, HEIGHT = 640, 480
KEPT = (320, 240)
KINDS = ("pothole", "rubbish", "drain", "pavement", "tree", "lamp")
PALETTES = (
    ((150, 180, 215), (110, 108, 104), (170, 150, 130)),
    ((205, 205, 200), (95, 97, 100), (190, 185, 175)),
    ((240, 190, 140), (120, 110, 100), (150, 110, 90)),
    ((20, 24, 40), (45, 45, 50), (60, 55, 60)),
    ((120, 160, 200), (140, 135, 125), (200, 195, 180)),
)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """How a place is seen: `step` sideways and `near` forwards (in hundredths of the width for what is nearest), the light,
    whether the work is done, and when (what moves has moved)."""

    step: float = 0.0
    near: float = 0.0
    light: float = 1.0
    done: bool = True
    moment: int = 0


def place(seed: int, kind: str, view: View) -> Image.Image:
    """The place with this number, seen so."""
    chance = random.Random(f"place:{seed}")
    sky, ground, wall = PALETTES[chance.randrange(len(PALETTES))]
    close = kind in ("pavement", "drain") and seed % 2 == 0
    horizon = 60 if close else chance.randint(150, 230)
    image = gradient(sky, horizon)
    if not close:
        behind(image, seed, horizon, wall, view)
    floor = textured(seed, ground, WIDTH * 3, HEIGHT)
    image.paste(laid(floor, horizon, view), (0, horizon))
    if not close:
        lines(image, seed, horizon, view)
    foreground = {"pothole": pothole, "rubbish": rubbish, "drain": drain, "pavement": tiles, "tree": tree, "lamp": lamp}
    foreground[kind](image, seed, horizon, view)
    passers(image, seed, horizon, view)
    return exposed(image, seed, view)


def gradient(colour: tuple[int, int, int], horizon: int) -> Image.Image:
    """Sky above, something dark below."""
    ramp = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    pale = tuple(min(255, c + 45) for c in colour)
    image = Image.composite(Image.new("RGB", ramp.size, pale), Image.new("RGB", ramp.size, colour), ramp)
    image.paste(tuple(c // 2 for c in colour), (0, horizon, WIDTH, HEIGHT))
    return image


def clouded(seed: str, size: tuple[int, int], scales: tuple[int, ...] = (4, 12, 40, 160)) -> Image.Image:
    """Grey noise of several sizes, as rough surfaces have it."""
    chance = random.Random(seed)
    whole: Image.Image | None = None
    for cells in scales:
        across, down = cells, max(2, cells * size[1] // size[0])
        layer = Image.frombytes("L", (across, down), chance.randbytes(across * down)).resize(
            size, Image.Resampling.BICUBIC
        )
        whole = layer if whole is None else Image.blend(whole, layer, 0.33)
    assert whole is not None
    return whole


def textured(seed: int, colour: tuple[int, int, int], width: int, height: int) -> Image.Image:
    """Ground: a colour, patches, and grain."""
    noise = clouded(f"ground:{seed}", (width, height), (7, 25, 91, 360, 720))
    low = tuple(max(0, c - 55) for c in colour)
    high = tuple(min(255, c + 55) for c in colour)
    ground = Image.composite(Image.new("RGB", noise.size, high), Image.new("RGB", noise.size, low), noise)
    draw, chance = ImageDraw.Draw(ground), random.Random(f"cracks:{seed}")
    for _ in range(chance.randint(9, 24)):
        x, y = chance.randrange(width), chance.randrange(height)
        for _ in range(chance.randint(4, 18)):
            nx, ny = x + chance.randint(-35, 35), y + chance.randint(-18, 25)
            draw.line((x, y, nx, ny), fill=tuple(c // 2 for c in colour), width=chance.randint(1, 3))
            x, y = nx, ny
    for _ in range(chance.randint(12, 30)):  # stains and old patches
        x, y, r = chance.randrange(width), chance.randrange(height), chance.randint(4, 60)
        tone = tuple(max(0, min(255, c + chance.choice((-35, -20, 25)))) for c in colour)
        draw.ellipse((x - r, y - r // 2, x + r, y + r // 2), fill=tone)
    return ground


def laid(floor: Image.Image, horizon: int, view: View) -> Image.Image:
    """The ground as it lies before the camera: what is near moves further when the camera steps aside."""
    below = HEIGHT - horizon
    shift, zoom = view.step * WIDTH, 1 + view.near
    middle = floor.width / 2 + shift
    far, near = 620 / zoom, 300 / zoom
    corners = (middle - far, 0, middle - near, floor.height, middle + near, floor.height, middle + far, 0)
    return floor.transform((WIDTH, below), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


def moved(x: float, depth: float, view: View) -> float:
    """Where something at this depth (0 far, 1 near) is seen from where the camera stands."""
    return (x - WIDTH / 2) * (1 + view.near * depth) + WIDTH / 2 - view.step * WIDTH * (0.15 + depth)


def behind(image: Image.Image, seed: int, horizon: int, wall: tuple[int, int, int], view: View) -> None:
    """Houses, a row of trees, poles and wires."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"behind:{seed}")
    at = -60.0
    while at < WIDTH + 60:
        wide, tall = chance.randint(50, 170), chance.randint(40, horizon - 10)
        x = moved(at, 0.15, view)
        tone = tuple(max(0, min(255, c + chance.randint(-45, 45))) for c in wall)
        draw.rectangle((x, horizon - tall, x + wide, horizon + 6), fill=tone)
        if chance.random() < 0.5:
            roof = tuple(max(0, c - 50) for c in tone)
            draw.polygon(
                (x - 6, horizon - tall, x + wide / 2, horizon - tall - 24, x + wide + 6, horizon - tall), fill=roof
            )
        for wx in range(8, wide - 14, chance.randint(18, 34)):
            for wy in range(8, tall - 14, chance.randint(20, 36)):
                lit = chance.choice(((40, 50, 60), (90, 100, 110), (230, 210, 150)))
                draw.rectangle((x + wx, horizon - tall + wy, x + wx + 9, horizon - tall + wy + 12), fill=lit)
        at += wide + chance.randint(-8, 30)
    for _ in range(chance.randint(0, 4)):
        leaves(draw, random.Random(chance.random()), moved(chance.randrange(WIDTH), 0.3, view), horizon - 30, 34, view)
    for _ in range(chance.randint(0, 3)):
        x = moved(chance.randrange(WIDTH), 0.4, view)
        draw.line((x, horizon + 15, x, chance.randint(5, 60)), fill=(50, 50, 50), width=4)
        draw.line((x - 80, 60, x + 300, chance.randint(30, 80)), fill=(30, 30, 30), width=1)


def leaves(draw: ImageDraw.ImageDraw, chance: random.Random, x: float, y: float, r: float, view: View) -> None:
    """A crown: many leaves, which have moved a little at another moment."""
    wind = random.Random(f"wind:{view.moment}:{chance.random()}")
    for _ in range(120):
        angle, far = chance.uniform(0, math.tau), r * math.sqrt(chance.random())
        lx = x + far * math.cos(angle) + wind.gauss(0, 1.5)
        ly = y + far * math.sin(angle) * 0.8 + wind.gauss(0, 1.5)
        size, green = chance.uniform(3, r / 5), chance.randint(50, 150)
        draw.ellipse((lx - size, ly - size, lx + size, ly + size), fill=(green // 2, green, green // 3))


def lines(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """Kerbs and markings that run to the horizon."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"lines:{seed}")
    vanish = moved(chance.uniform(0.3, 0.7) * WIDTH, 0.1, view)
    for side in (chance.uniform(-0.2, 0.2), chance.uniform(0.8, 1.2)):
        x = moved(side * WIDTH, 1.0, view)
        draw.polygon((vanish, horizon, x, HEIGHT, x + 46, HEIGHT, vanish + 3, horizon), fill=(165, 162, 155))
    if chance.random() < 0.5:
        x = moved(chance.uniform(0.35, 0.65) * WIDTH, 1.0, view)
        for part in range(7):
            a, b = (part / 7) ** 1.5, ((part + 0.5) / 7) ** 1.5
            y0, y1 = horizon + a * (HEIGHT - horizon), horizon + b * (HEIGHT - horizon)
            x0, x1 = vanish + a * (x - vanish), vanish + b * (x - vanish)
            draw.polygon((x0, y0, x0 + 2 + 8 * a, y0, x1 + 2 + 8 * b, y1, x1, y1), fill=(225, 222, 210))


def blob(chance: random.Random, x: float, y: float, r: float, flat: float = 0.45) -> list[tuple[float, float]]:
    """The outline of something irregular."""
    return [
        (
            x + r * chance.uniform(0.7, 1.15) * math.cos(a / 18 * math.tau),
            y + flat * r * chance.uniform(0.7, 1.15) * math.sin(a / 18 * math.tau),
        )
        for a in range(18)
    ]


def pothole(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """A hole with water in it; afterwards a darker patch of asphalt."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"hole:{seed}")
    for _ in range(chance.randint(1, 3)):
        x, y = moved(chance.uniform(0.25, 0.75) * WIDTH, 0.9, view), chance.uniform(horizon + 70, HEIGHT - 50)
        r = chance.uniform(30, 95) * (1 + view.near)
        outline = blob(chance, x, y, r)
        if view.done:
            draw.polygon([(px + 4, py) for px, py in outline], fill=(52, 52, 54))
            grain(image, f"patch:{seed}:{x:.0f}", (x - r, y - r / 2, x + r, y + r / 2))
        else:
            draw.polygon(outline, fill=(60, 52, 45))
            draw.polygon(blob(chance, x, y + 3, r * 0.75), fill=(120, 115, 100))


def grain(image: Image.Image, seed: str, box: tuple[float, float, float, float]) -> None:
    """Roughness over a part of the picture."""
    x0, y0, x1, y1 = (int(each) for each in box)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    region = image.crop((x0, y0, x1, y1))
    noise = Image.merge("RGB", [clouded(seed, region.size, (30, 90))] * 3)
    image.paste(Image.blend(region, ImageChops.overlay(region, noise), 0.5), (x0, y0))


def rubbish(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """A heap of bags and boxes; afterwards swept ground and a sign."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"heap:{seed}")
    x, y = moved(chance.uniform(0.3, 0.7) * WIDTH, 0.8, view), chance.uniform(horizon + 60, HEIGHT - 60)
    if view.done:
        draw.rectangle((x + 60, y - 90, x + 130, y - 40), fill=(200, 40, 40))
        draw.line((x + 95, y - 40, x + 95, y + 20), fill=(90, 90, 90), width=5)
        draw.line((x + 68, y - 75, x + 120, y - 75), fill=(250, 250, 250), width=5)
        for _ in range(30):
            px, py = x + chance.gauss(0, 80), y + chance.gauss(0, 22)
            draw.line((px, py, px + chance.randint(10, 40), py + 3), fill=(150, 145, 135), width=1)
        return
    for _ in range(chance.randint(25, 60)):
        px, py, r = x + chance.gauss(0, 75), y + chance.gauss(0, 24), chance.uniform(8, 32)
        tone = chance.choice(
            ((20, 20, 25), (230, 230, 235), (190, 40, 50), (60, 90, 170), (150, 110, 60), (90, 140, 70))
        )
        draw.polygon(blob(chance, px, py, r, 0.8), fill=tone, outline=tuple(c // 2 for c in tone))


def drain(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """A channel with a grate: blocked before, running after."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"drain:{seed}")
    x, w = moved(chance.uniform(0.3, 0.6) * WIDTH, 0.9, view), chance.uniform(90, 220) * (1 + view.near)
    top = max(horizon + 20, chance.randint(120, 260))
    water = (70, 80, 75) if view.done else (75, 60, 40)
    draw.polygon(
        (x, top, x + w * 0.4, top, x + w, HEIGHT, x - w * 0.4, HEIGHT), fill=water, outline=(190, 185, 178), width=7
    )
    for row in range(chance.randint(4, 12)):
        y = top + (row / 12) ** 1.4 * (HEIGHT - top)
        draw.line(
            (x - w * 0.1, y, x + w * 0.6, y + chance.randint(-2, 2)), fill=(105, 100, 95), width=chance.randint(2, 6)
        )
    for _ in range(0 if view.done else 40):
        px, py = x + chance.uniform(0, w * 0.5), chance.uniform(top, HEIGHT)
        draw.polygon(
            blob(chance, px, py, chance.uniform(6, 20)), fill=(chance.randint(60, 200), chance.randint(60, 160), 70)
        )


def tiles(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """A pavement of slabs, each with its own tone: some lie loose before."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"tiles:{seed}")
    rows, columns = chance.randint(5, 9), chance.randint(6, 11)
    base = [chance.randint(110, 190) for _ in range(3)]
    for row in range(rows):
        y0 = horizon + (row / rows) ** 1.6 * (HEIGHT - horizon)
        y1 = horizon + ((row + 1) / rows) ** 1.6 * (HEIGHT - horizon)
        wide = WIDTH / columns * (0.5 + 1.2 * (row + 1) / rows)
        for column in range(-columns, columns * 2):
            x = WIDTH / 2 + (column - columns / 2 + (row % 2) / 2) * wide - view.step * WIDTH * (row + 1) / rows
            tone = tuple(max(0, min(255, c + chance.randint(-28, 28))) for c in base)
            loose = chance.random() < 0.12
            drop = 6 if loose and not view.done else 0
            draw.rectangle((x, y0 + drop, x + wide - 3, y1 - 3 + drop), fill=tone)
            if loose and not view.done:
                draw.polygon(blob(chance, x + wide / 2, (y0 + y1) / 2, wide / 3), fill=(70, 60, 45))
    grain(image, f"slabs:{seed}", (0, horizon, WIDTH, HEIGHT))


def tree(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """A tree across the way; afterwards a stump and sawdust."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"tree:{seed}")
    x, y = moved(chance.uniform(0.3, 0.7) * WIDTH, 0.7, view), chance.uniform(horizon + 60, HEIGHT - 80)
    if view.done:
        draw.ellipse((x - 30, y - 12, x + 30, y + 12), fill=(190, 150, 100), outline=(90, 60, 40), width=4)
        for _ in range(140):
            px, py = x + chance.gauss(0, 70), y + 14 + chance.gauss(0, 10)
            draw.ellipse((px, py, px + 3, py + 2), fill=(215, 185, 130))
        return
    draw.line((x - 40, y, x + 260, y - 40), fill=(95, 70, 50), width=24)
    for far in (120, 190, 250):
        leaves(draw, random.Random(f"{seed}:{far}"), x + far, y - 50, 60, view)


def lamp(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """A street lamp: dark before, burning after."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"lamp:{seed}")
    x, top = moved(chance.uniform(0.2, 0.8) * WIDTH, 0.6, view), chance.randint(20, 90)
    foot = chance.randint(horizon + 60, HEIGHT - 40)
    draw.line((x, foot, x, top), fill=(70, 70, 75), width=8)
    draw.line((x, top, x + 70, top - 8), fill=(70, 70, 75), width=6)
    draw.rectangle((x + 60, top - 14, x + 100, top - 2), fill=(255, 240, 190) if view.done else (60, 60, 60))
    if view.done:
        glow = Image.new("L", image.size)
        ImageDraw.Draw(glow).ellipse((x - 40, top - 90, x + 200, top + 90), fill=150)
        image.paste((255, 240, 200), (0, 0), glow.filter(ImageFilter.GaussianBlur(40)))


def passers(image: Image.Image, seed: int, horizon: int, view: View) -> None:
    """People and motorcycles: others at another moment."""
    draw, chance = ImageDraw.Draw(image), random.Random(f"passers:{seed}:{view.moment}")
    for _ in range(chance.randint(0, 3)):
        x, y, tall = chance.randrange(WIDTH), horizon + chance.randint(5, 60), chance.randint(30, 80)
        tone = tuple(chance.randrange(30, 220) for _ in range(3))
        draw.ellipse((x - tall / 5, y, x + tall / 5, y + tall), fill=tone)
        draw.ellipse((x - tall / 10, y - tall / 4, x + tall / 10, y), fill=(120, 85, 60))


def exposed(image: Image.Image, seed: int, view: View) -> Image.Image:
    """As a camera keeps it: light, a little blur, grain of its own in every picture."""
    image = ImageEnhance.Brightness(image).enhance(view.light).filter(ImageFilter.GaussianBlur(0.8))
    chance = random.Random(f"grain:{seed}:{view}")
    grey = Image.frombytes("L", (WIDTH, HEIGHT), chance.randbytes(WIDTH * HEIGHT))
    return Image.blend(image, ImageChops.overlay(image, Image.merge("RGB", [grey] * 3)), 0.08)


def jpeg(image: Image.Image, quality: int) -> bytes:
    """The picture as a file."""
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def again(image: Image.Image, quality: int) -> Image.Image:
    """Compressed once more."""
    return Image.open(BytesIO(jpeg(image, quality))).convert("RGB")


def cropped(image: Image.Image, chance: random.Random) -> Image.Image:
    """Up to 30 % of the width and of the height cut away, on whichever sides."""
    (width, height), sides = image.size, []
    for length in (width, height):
        cut = chance.uniform(0.1, 0.3) * length
        start = chance.random() * cut
        sides.append((int(start), int(length - cut + start)))
    return image.crop((sides[0][0], sides[1][0], sides[0][1], sides[1][1]))


def stamped(image: Image.Image, chance: random.Random) -> Image.Image:
    """Another date and place written over it, as stamping cameras do."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    w, h = image.size
    text = f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/2026 {chance.randint(6, 18):02}:{chance.randint(0, 59):02}"
    left, top = chance.choice(((0.04, 0.76), (0.4, 0.76), (0.04, 0.04)))
    if chance.random() < 0.5:
        draw.rectangle((w * left - 6, h * top - 4, w * left + w * 0.56, h * top + h * 0.2), fill=(20, 20, 20))
    draw.text((w * left, h * top), text, fill=(255, 210, 60), font_size=w // 17)
    draw.text((w * left, h * top + h * 0.1), "Jl. Contoh No. 1, Jakarta", fill=(255, 255, 255), font_size=w // 22)
    return image


def screenshot(image: Image.Image, chance: random.Random) -> Image.Image:
    """The picture on a telephone's screen, with bars, icons and words around it."""
    w = 540
    h = chance.choice((1170, 1200, 960))
    dark = chance.random() < 0.6
    page, ink = ((0, 0, 0), (235, 235, 235)) if dark else ((250, 250, 250), (40, 40, 40))
    screen = Image.new("RGB", (w, h), page)
    shown = image.resize((w, image.height * w // image.width), Image.Resampling.LANCZOS)
    top = (h - shown.height) // 2 + chance.randint(-120, 60)
    screen.paste(shown, (0, top))
    draw = ImageDraw.Draw(screen)
    draw.text((24, 8), f"{chance.randint(6, 22):02}.{chance.randint(0, 59):02}", fill=ink, font_size=22)
    for at in range(3):
        draw.rectangle((w - 40 - at * 34, 14, w - 18 - at * 34, 28), outline=ink, width=3)
    draw.text((70, 54), chance.choice(("Foto", "Grup RW 05", "Galeri", "IMG_2041.jpg")), fill=ink, font_size=26)
    for at in range(4):
        draw.ellipse((60 + at * 130, h - 90, 92 + at * 130, h - 58), outline=ink, width=4)
    return screen


Made = Callable[[Image.Image, random.Random], Image.Image]
REUSED: dict[str, Made] = {
    "as-it-is": lambda image, chance: image,
    "recompressed": lambda image, chance: again(image, chance.randint(25, 50)),
    "resized": lambda image, chance: image.resize((KEPT[0] * 3 // 4, KEPT[1] * 3 // 4), Image.Resampling.BILINEAR),
    "cropped": cropped,
    "mirrored": lambda image, chance: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "brighter": lambda image, chance: ImageEnhance.Brightness(image).enhance(chance.choice((0.75, 1.2, 1.35))),
    "re-dated": stamped,
    "screenshot": screenshot,
    "mirrored-cropped-re-dated": lambda image, chance: stamped(
        cropped(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), chance), chance
    ),
    "cropped-brighter-recompressed": lambda image, chance: again(
        ImageEnhance.Brightness(cropped(image, chance)).enhance(1.2), 40
    ),
}
HONEST = ("before-and-after", "another-angle", "same-spot-another-day", "similar-street", "same-kind")


def other(kind: str, seed: int, what: str, chance: random.Random) -> Image.Image:
    """An honest second picture beside the one of this place."""
    side, near, light = chance.choice((-1, 1)), chance.uniform(-0.03, 0.05), chance.uniform(0.85, 1.15)
    if kind == "before-and-after":
        return place(
            seed, what, View(step=side * chance.uniform(0.015, 0.05), near=near, light=light, done=False, moment=1)
        )
    if kind == "another-angle":
        return place(seed, what, View(step=side * chance.uniform(0.08, 0.2), near=near * 3, light=light, moment=2))
    if kind == "same-spot-another-day":
        return place(
            seed, what, View(step=side * chance.uniform(0.01, 0.02), near=near / 2, light=light, done=False, moment=3)
        )
    return place(seed + (5_000 if kind == "similar-street" else 7_000), what, View(light=light))


def pairs() -> list[tuple[str, str, bytes, bytes]]:
    """100 reused and 100 honest pairs: (truth, kind, one, other)."""
    made = []
    for number in range(100):
        chance = random.Random(f"pair:{number}")
        what = KINDS[number % len(KINDS)]
        seen = place(number, what, View(light=chance.uniform(0.9, 1.1)))
        one = jpeg(seen.resize(KEPT, Image.Resampling.LANCZOS), 58)
        kept = Image.open(BytesIO(one)).convert("RGB")
        kind = list(REUSED)[number % len(REUSED)]
        made.append(("reused", kind, one, jpeg(REUSED[kind](kept, chance), 50)))
        kind = HONEST[number % len(HONEST)]
        made.append(
            ("honest", kind, one, jpeg(other(kind, number, what, chance).resize(KEPT, Image.Resampling.LANCZOS), 48))
        )
    return made


def main() -> int:
    """Writes the pictures; the first of each two pairs is the same file."""
    OUT.mkdir(parents=True, exist_ok=True)
    total = 0
    lines_ = []
    for index, (truth, kind, one, second) in enumerate(pairs()):
        first_name, second_name = f"{index // 2:03}.jpg", f"{index // 2:03}-{truth}-{kind}.jpg"
        for name, content in ((first_name, one), (second_name, second)):
            (OUT / name).write_bytes(content)
        lines_.append(f"{truth}\t{kind}\t{first_name}\t{second_name}")
        total += len(second) + (len(one) if truth == "reused" else 0)
    (OUT / "pairs.tsv").write_text("\n".join(lines_) + "\n")
    print(f"{len(lines_)} pairs, {total} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
