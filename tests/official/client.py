"""The Python client blaxel against the simulator, as its users write it.

SIM_URL says where, BL_API_KEY and BL_WORKSPACE as whom. What it gives is checked, not only that it ends well.
"""

import os
import time
from datetime import datetime, timedelta, timezone

import httpx

from blaxel.core import SyncSandboxInstance
from blaxel.core.client import errors
from blaxel.core.client.api.compute import get_sandbox, list_sandbox_previews
from blaxel.core.client.api.images import (
    accept_image_share,
    cleanup_images,
    create_image,
    decline_image_share,
    delete_image,
    delete_image_tag,
    get_image,
    list_image_shares,
    list_image_tags,
    list_images,
    list_pending_image_shares,
    share_image,
    unshare_image,
)
from blaxel.core.client.api.workspaces import get_workspace, list_workspaces
from blaxel.core.client.client import client
from blaxel.core.client.models import CreateImageBody, ListPendingImageSharesDirection, ShareImageBody
from blaxel.core.common.settings import settings
from blaxel.core.image import ImageInstance

BOX = "py-box"
client.with_base_url(os.environ["SIM_URL"])


def given(response):
    """The body of a call that went well."""
    assert response.status_code < 300, f"{response.status_code}: {response.content!r}"
    return response.parsed


def status(call):
    """The status with which a call is answered; the client raises those that it does not know."""
    try:
        return int(call().status_code)
    except errors.UnexpectedStatus as error:
        return error.status_code


def until(ask):
    """Asks until something holds."""
    for _ in range(200):
        if ask():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


class At:
    """Calls of another workspace of the same person."""

    def __init__(self, workspace):
        self.workspace = workspace

    def __enter__(self):
        settings.auth.workspace_name = self.workspace

    def __exit__(self, *_):
        settings.auth.workspace_name = "near"


# Workspaces.
assert given(get_workspace.sync_detailed("near", client=client)).account_id == "own"
names = [row.name for row in given(list_workspaces.sync_detailed(client=client))]
assert names == ["far", "near", "side"], names

# A build from source becomes a sandbox.
statuses = []
image = ImageInstance.from_registry("python:3.12-slim").run_commands("echo built").workdir("/app")
built = image.build_sync(name=BOX, memory=2048, timeout=60.0, on_status_change=statuses.append)
assert built.metadata.name == BOX
assert str(built.status) == "DEPLOYED", built.status
assert str(statuses[-1]) == "DEPLOYED", statuses
assert built.spec.runtime.image.startswith(f"sandbox/{BOX}:")
used = built.spec.runtime.image.split(":")[1]

# With build settings, which travel as labels and as signed metadata of the upload.
settled = ImageInstance.from_registry("python:3.12-slim").run_commands("echo settled")
settled = settled.build_sync(name="py-settled", memory=2048, timeout=60.0, build_memory=8192)
assert settled.metadata.labels["x-blaxel-build-memory"] == "8192"

# Its image, and its tags on their own endpoint.
found = given(get_image.sync_detailed("sandbox", BOX, client=client))
assert str(found.metadata.status) == "BUILT"
tags = [tag.name for tag in given(list_image_tags.sync_detailed("sandbox", BOX, client=client)).data]
assert "latest" in tags and used in tags, tags
images = [row.metadata.name for row in given(list_images.sync_detailed(client=client)).data]
assert sorted(images) == [BOX, "py-settled"], images

# Another sandbox of the same image.
second = SyncSandboxInstance.create(
    {
        "name": "py-second",
        "image": built.spec.runtime.image,
        "memory": 1024,
        "region": "us-pdx-1",
        "ports": [{"target": 3000, "protocol": "HTTP"}],
        "envs": [{"name": "MODE", "value": "test"}],
    }
)
assert second.metadata.name == "py-second"
got = SyncSandboxInstance.get("py-second")
assert got.spec.runtime.image == built.spec.runtime.image
assert got.spec.runtime.envs[0].value == "test"
listed = sorted(row.metadata.name for row in SyncSandboxInstance.list())
assert listed == [BOX, "py-second", "py-settled"], listed
same = SyncSandboxInstance.create_if_not_exists(
    {"name": "py-second", "image": built.spec.runtime.image, "memory": 1024, "region": "us-pdx-1"}
)
assert same.metadata.name == "py-second"
try:
    SyncSandboxInstance.get("none")
    raise AssertionError("a sandbox that is not there was found")
except Exception as error:
    assert "not found" in str(error).lower(), error
try:
    SyncSandboxInstance.create({"name": "py-third", "image": "sandbox/none:latest", "region": "us-pdx-1"})
    raise AssertionError("a sandbox was made of an image that is not there")
except Exception as error:
    assert "does not exist" in str(error), error

# A preview, and the token that opens it.
preview = second.previews.create(
    {"metadata": {"name": "pr-1"}, "spec": {"port": 3000, "public": False, "prefixUrl": "pr-1"}}
)
assert preview.spec.url.endswith("/preview/pr-1-near"), preview.spec.url
assert len(second.previews.list()) == 1
assert second.previews.get("pr-1").spec.port == 3000
token = preview.tokens.create(datetime.now(timezone.utc) + timedelta(hours=1))
assert len(preview.tokens.list()) == 1
until(lambda: str(get_sandbox.sync("py-second", client=client).status) == "DEPLOYED")
assert httpx.get(preview.spec.url).status_code == 401
assert httpx.get(preview.spec.url, params={"bl_preview_token": token.value}).status_code == 200
preview.tokens.delete(token.name)
assert httpx.get(preview.spec.url, params={"bl_preview_token": token.value}).status_code == 401
second.previews.delete("pr-1")
# `previews.list()` takes an empty list for a failure: the call below it does not.
assert given(list_sandbox_previews.sync_detailed("py-second", client=client)) == []

# An image from a registry, without a sandbox.
body = CreateImageBody(name="py-import", resource_type="sandbox", image="ghcr.io/example/app:1", tag="v1")
assert given(create_image.sync_detailed(client=client, body=body)).name == "py-import"
until(lambda: status(lambda: get_image.sync_detailed("sandbox", "py-import", client=client)) == 200)
until(
    lambda: "v1"
    in [tag.name for tag in given(list_image_tags.sync_detailed("sandbox", "py-import", client=client)).data]
)
assert status(lambda: create_image.sync_detailed(client=client, body=body)) == 409

# Shares: inside the account at once, to another account by its approval.
side, far = ShareImageBody(target_workspace="side"), ShareImageBody("far", target_account_id="other")
assert given(share_image.sync_detailed("sandbox", BOX, client=client, body=side)).metadata.name == BOX
rows = given(list_image_shares.sync_detailed("sandbox", BOX, client=client))
assert [(row.workspace, row.status) for row in rows] == [("side", "active")], rows
with At("side"):
    seen = given(get_image.sync_detailed("sandbox", BOX, client=client))
assert seen.metadata.source_workspace == "near", seen
assert status(lambda: delete_image.sync_detailed("sandbox", BOX, client=client)) == 400
offered = share_image.sync_detailed("sandbox", BOX, client=client, body=far)
assert offered.status_code == 202
pending = offered.parsed
with At("far"):
    direction = ListPendingImageSharesDirection.INCOMING
    incoming = given(list_pending_image_shares.sync_detailed(client=client, direction=direction))
    assert [row.source_workspace for row in incoming] == ["near"], incoming
    assert given(accept_image_share.sync_detailed(pending.id, client=client)).metadata.name == BOX
given(unshare_image.sync_detailed("sandbox", BOX, "far", client=client))
again = share_image.sync_detailed("sandbox", BOX, client=client, body=far).parsed
with At("far"):
    assert status(lambda: decline_image_share.sync_detailed(again.id, client=client)) == 204
given(unshare_image.sync_detailed("sandbox", BOX, "side", client=client))
assert given(list_image_shares.sync_detailed("sandbox", BOX, client=client)) == []

# What is deleted is gone.
assert status(lambda: delete_image.sync_detailed("sandbox", BOX, client=client)) == 400
for name in ["py-second", "py-settled", BOX]:
    SyncSandboxInstance.delete(name)
    until(lambda: name not in [row.metadata.name for row in SyncSandboxInstance.list()])
given(delete_image_tag.sync_detailed("sandbox", BOX, "latest", client=client))
given(delete_image.sync_detailed("sandbox", BOX, client=client))
assert status(lambda: get_image.sync_detailed("sandbox", BOX, client=client)) == 404
assert given(cleanup_images.sync_detailed(client=client)).deleted == 2
assert given(list_images.sync_detailed(client=client)).data == []
print(f"blaxel: everything as it should be against {os.environ['SIM_URL']}")
