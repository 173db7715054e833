"""A sender of tips for tests: a form that is filled in as a browser would, its calculation solved."""

import io
import json
import re
from html import unescape

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cases.leads import keys, proof

PLACE = {1: "N", 2: (40.0, 44.0, 35.0), 3: "E", 4: (107.0, 23.0, 17.0)}
CAMERA = "SerialXYZ Camera"


def begin(settings, folder):
    """Keys in `folder`, and the settings that name them."""
    settings.TIP_KEY, settings.TIP_SECRET = folder / "public", folder / "secret"
    keys.make_keys()


def jpeg_with_place(size=(640, 480), name="photo.jpg"):
    """A photograph that tells where and by which camera it was taken."""
    image = Image.new("RGB", size, "#88aa66")
    exif = image.getexif()
    exif[0x010F] = CAMERA
    exif[0x8825] = PLACE
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif, comment=b"taken by hand")
    return SimpleUploadedFile(name, written.getvalue(), "image/jpeg")


def tells_where(content: bytes) -> bool:
    """Whether a picture tells where or by which camera it was taken."""
    image = Image.open(io.BytesIO(content))
    exif = image.getexif()
    return bool(exif.get_ifd(0x8825) or exif.get(0x010F) or image.info.get("comment"))


def form_of(client, **headers):
    """What an empty form sends along: its number, and the answer to its challenge."""
    page = client.get("/tips/new/", headers=headers).content.decode()
    token = unescape(re.search(r'name="token" value="([^"]+)"', page)[1])
    challenge = json.loads(re.search(r'<script id="tip-challenge"[^>]*>(.*?)</script>', page)[1])
    return {"token": token, "proof": proof.solution(challenge)}


def send(client=None, **values):
    """Send a tip. Returns the answer."""
    client = client or Client()
    return client.post("/tips/new/", {"about": "enterprise", "text": "Fans day and night"} | form_of(client) | values)


def receipt_in(response):
    """The receipt that an answer shows, or None."""
    found = re.search(r"<code>([-a-z0-9]{29})</code>", response.content.decode())
    return found and found[1]
