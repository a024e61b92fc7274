"""`python -m ventros_messaging.pictures.shrink <edge>`: a picture in, a small one out.

Run by `thumbnails`, within limits of its own. The first line says how wide and high the picture is
in pixels, upright; then comes a WebP of at most `edge` pixels on its longer side.
"""

import io
import logging
import resource
import sys

from PIL import Image, ImageOps

CPU_SECONDS = 10
MEMORY_BYTES = 1_073_741_824
MAX_PIXELS = 60_000_000
"""More than any phone's camera makes; a small file may unfold to many more."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def main() -> int:
    """Shrink it; 1 if it cannot be read, or is not to be."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    edge = int(sys.argv[1])
    try:
        picture = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS)
        # Known before a pixel is unpacked.
        if picture.width * picture.height > MAX_PIXELS:
            return 1
        size = _upright(picture)
        picture.draft("RGB", (2 * edge, 2 * edge))
        small = ImageOps.exif_transpose(picture)
        small = small.convert("RGBA" if _see_through(small) else "RGB")
        small.thumbnail((edge, edge))
        out = io.BytesIO()
        small.save(out, "WEBP", quality=75)
    except Exception:  # whatever is wrong with it, it cannot be shown
        return 1
    sys.stdout.buffer.write(f"{size[0]} {size[1]}\n".encode() + out.getvalue())
    return 0


def _upright(picture: Image.Image) -> tuple[int, int]:
    """Cameras turn a picture by a word in it: 5 to 8 lie on their side (EXIF, tag 0x112)."""
    lying = picture.getexif().get(0x112, 1) in {5, 6, 7, 8}
    return (picture.height, picture.width) if lying else (picture.width, picture.height)


def _see_through(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


if __name__ == "__main__":
    sys.exit(main())
