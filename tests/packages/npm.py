"""What the npm packages say of themselves: npm.py VERSION FOLDER."""

import json
import pathlib
import sys

version, folder = sys.argv[1], pathlib.Path(sys.argv[2])
launcher = json.loads((folder / "sandgate/package.json").read_text())
assert launcher["version"] == version
assert launcher["repository"]["url"] == "git+https://example.com/acme/sandgate.git"
assert "scripts" not in launcher, "nothing may run at installation"
platforms = launcher["optionalDependencies"]
assert set(platforms.values()) == {version}, platforms
assert len(platforms) == 6, platforms
for arch in ("x64", "arm64"):
    package = json.loads((folder / f"cli-linux-{arch}/package.json").read_text())
    assert package["name"] in platforms
    assert (package["os"], package["cpu"]) == (["linux"], [arch])
    assert "scripts" not in package
    assert {"LICENSE-MIT", "LICENSE-APACHE"} <= {path.name for path in (folder / f"cli-linux-{arch}").iterdir()}
