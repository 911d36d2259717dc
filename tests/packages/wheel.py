"""What a wheel says of itself: wheel.py FILE VERSION."""

import email
import stat
import sys
import zipfile

path, version = sys.argv[1:]
with zipfile.ZipFile(path) as archive:
    names = archive.namelist()
    info = f"sandgate-{version}.dist-info"
    metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
    program = archive.getinfo(f"sandgate-{version}.data/scripts/sandgate")
    tags = email.message_from_bytes(archive.read(f"{info}/WHEEL")).get_all("Tag")

expected = {
    "Name": "sandgate",
    "Version": version,
    "License-Expression": "MIT OR Apache-2.0",
    "Requires-Python": ">=3.8",
    "Summary": "Lint, package, deploy and promote Blaxel sandbox images",
}
for key, value in expected.items():
    assert metadata[key] == value, f"{key}: {metadata[key]}"
assert metadata["Description-Content-Type"].startswith("text/markdown"), metadata["Description-Content-Type"]
assert metadata.get_payload().startswith("# sandgate\n"), "the readme is not the description"
assert {f"{info}/licenses/LICENSE-MIT", f"{info}/licenses/LICENSE-APACHE"} <= set(names), names
assert f"{info}/sboms/sandgate.cyclonedx.json" in names, names
assert program.external_attr >> 16 & stat.S_IXUSR, "the program is not executable"
assert all(tag.startswith("py3-none-") for tag in tags), tags
assert not [name for name in names if name.endswith(".py")], names
