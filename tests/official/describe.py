"""Reads the official description of the control plane and adds what it is known to leave out.

    describe.py DESCRIPTION OUT

Each gap below is one function with its reason; it fails where it finds nothing to mend, so that a description that has
been completed is noticed. What is not used here is removed: other kinds of resources are not simulated.
"""

import json
import sys

import yaml

KEPT = (
    "/configuration",
    "/features",
    "/images",
    "/locations",
    "/pending-image-shares",
    "/sandbox/hub",
    "/sandboxes",
    "/workspaces",
)
NOT_SIMULATED = ("fork", "schedule", "snapshots", "leave", "availability", "features/{featureKey}")

ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
TEXT = {"type": "string"}


def query(name, schema):
    return {"in": "query", "name": name, "required": False, "schema": schema}


def keep_what_is_simulated(api):
    paths = api["paths"]
    for path in list(paths):
        kept = any(path == known or path.startswith(known + "/") for known in KEPT)
        if not kept or any(word in path for word in NOT_SIMULATED):
            del paths[path]
    for path, methods in (
        ("/workspaces", ("post",)),
        ("/workspaces/{workspaceName}", ("put", "delete")),
    ):
        for method in methods:
            del paths[path][method]
    api["servers"] = [{"url": "/"}]


def uploads(api):
    """`?upload=true` and the address to upload to are written down for images alone, the parameter nowhere."""
    address = {"X-Blaxel-Upload-Url": {"schema": TEXT}}
    for path, method in (("/images", "post"), ("/sandboxes", "post"), ("/sandboxes/{sandboxName}", "put")):
        operation = api["paths"][path][method]
        assert not any(one.get("name") == "upload" for one in operation.get("parameters", []))
        operation.setdefault("parameters", []).append(query("upload", {"type": "boolean"}))
        operation["responses"]["200"].setdefault("headers", address)


def registry_images(api):
    """`skip-build` and half of the body of `POST /images` are missing."""
    operation = api["paths"]["/images"]["post"]
    operation["parameters"].append(query("skip-build", {"type": "boolean"}))
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert "tag" not in body["properties"]
    body["properties"].update(
        dockerConfig=TEXT,
        tag=TEXT,
        memoryMb={"type": "integer", "minimum": 1, "maximum": 32768},
        volumeMb={"type": "integer", "minimum": 0, "maximum": 131072},
        labels={"type": "object", "additionalProperties": TEXT},
    )
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer["properties"]["build"] = {"type": "boolean"}


def image_pages(api):
    """Version 2026-09-22 gives pages of images, images without tags, and tags on an endpoint of their own."""
    meta = {"$ref": "#/components/schemas/PaginationMeta"}

    def pages(item):
        rows = {"type": "array", "items": item}
        return {"type": "object", "required": ["data", "meta"], "properties": {"data": rows, "meta": meta}}

    paging = [
        {"$ref": f"#/components/parameters/Pagination{name}"} for name in ("Cursor", "Limit", "Sort", "Query")
    ]
    images = api["paths"]["/images"]["get"]
    images.setdefault("parameters", []).extend(paging)
    content = images["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"oneOf": [content["schema"], pages({"$ref": "#/components/schemas/Image"})]}
    spec = api["components"]["schemas"]["ImageSpec"]["properties"]
    spec["tagCount"] = {"type": "integer"}
    spec["tags"]["nullable"] = True
    path = "/images/{resourceType}/{imageName}/tags"
    assert path not in api["paths"]
    tag = {"$ref": "#/components/schemas/ImageTag"}
    api["paths"][path] = {
        "parameters": api["paths"]["/images/{resourceType}/{imageName}"]["parameters"],
        "get": {
            "operationId": "ListImageTags",
            "parameters": [*paging, query("name", TEXT), query("sourceWorkspace", TEXT)],
            "responses": {
                "200": {"description": "tags", "content": {"application/json": {"schema": pages(tag)}}},
            },
        },
    }


def sandbox_arrays(api):
    """Until version 2026-04-28 sandboxes are a bare array."""
    content = api["paths"]["/sandboxes"]["get"]["responses"]["200"]["content"]["application/json"]
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Sandbox"}}
    content["schema"] = {"oneOf": [rows, content["schema"]]}


def logs(api):
    """`GET /observability/logs` is not described."""
    assert "/observability/logs" not in api["paths"]
    line = {
        "type": "object",
        "required": ["timestamp", "message", "severity"],
        "properties": {
            "timestamp": {"type": "string", "format": "date-time"},
            "message": TEXT,
            "severity": {"type": "integer"},
            "trace_id": TEXT,
        },
    }
    of_one = {
        "type": "object",
        "required": ["logs", "totalCount"],
        "properties": {"logs": {"type": "array", "items": line}, "totalCount": {"type": "integer"}},
    }
    kinds = {"type": "string", "enum": ["sandboxes", "agents", "functions", "jobs"]}
    api["paths"]["/observability/logs"] = {
        "get": {
            "operationId": "ReadLogs",
            "parameters": [
                {**query("workloadIds", {"type": "string", "minLength": 1}), "required": True},
                {**query("resourceType", kinds), "required": True},
                query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}),
                query("offset", {"type": "integer", "minimum": 0}),
            ],
            "responses": {
                "200": {
                    "description": "lines, newest first, by resource",
                    "content": {
                        "application/json": {"schema": {"type": "object", "additionalProperties": of_one}}
                    },
                }
            },
        }
    }


def tokens(api):
    """`POST /oauth/token` and `POST /login/device` are not described."""
    assert "/oauth/token" not in api["paths"]
    grants = ["client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]

    def post(name, required, properties, answer):
        schema = {"type": "object", "required": required, "properties": properties}
        given = {"type": "object", "required": answer}
        refusal = {"type": "object", "required": ["error"], "properties": {"error": TEXT}}
        refused = {"description": "refused", "content": {"application/json": {"schema": refusal}}}
        return {
            "post": {
                "operationId": name,
                "security": [],
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                "responses": {
                    "200": {"description": "given", "content": {"application/json": {"schema": given}}},
                    **{status: refused for status in ("400", "401", "413")},
                },
            }
        }

    api["paths"]["/oauth/token"] = post(
        "Token",
        ["grant_type"],
        {
            "grant_type": {"type": "string", "enum": grants},
            **{name: TEXT for name in ("refresh_token", "device_code", "client_id")},
        },
        ["access_token", "refresh_token", "expires_in", "token_type"],
    )
    api["paths"]["/login/device"] = post(
        "Device",
        ["client_id"],
        {"client_id": {"type": "string", "minLength": 1}, "scope": TEXT},
        ["device_code", "user_code", "verification_uri", "expires_in", "interval"],
    )


def keys_in_another_header(api):
    """The SDKs send `X-Blaxel-Authorization`, and every call names its workspace in a header."""
    schemes = api["components"]["securitySchemes"]
    assert "BlaxelHeader" not in schemes
    schemes["BlaxelHeader"] = {"type": "apiKey", "in": "header", "name": "X-Blaxel-Authorization"}
    schemes["ApiKeyAuth"].pop("bearerFormat", None)
    del schemes["OAuth2"]
    either = [{"ApiKeyAuth": []}, {"BlaxelHeader": []}]
    api["security"] = either
    headers = [
        {"in": "header", "name": "X-Blaxel-Workspace", "required": False, "schema": TEXT},
        {"$ref": "#/components/parameters/BlaxelVersion"},
    ]
    for operation in operations(api):
        if operation.get("security") != []:
            operation["security"] = either
        operation.setdefault("parameters", []).extend(headers)


def operations(api):
    for item in api["paths"].values():
        for method, operation in item.items():
            if method in ("get", "post", "put", "delete", "patch"):
                yield operation


def refusals(api):
    """Many refusals are not described, or without their body: all have the shape of an error."""
    for path, item in api["paths"].items():
        for method, operation in item.items():
            if method == "parameters" or path in ("/oauth/token", "/login/device"):
                continue
            responses = operation["responses"]
            sandbox_error = path == "/sandboxes" and method == "post"
            for status in ("400", "401", "403", "404", "409", "410", "413"):
                known = responses.setdefault(status, {"description": "refused"})
                known.setdefault("content", ERROR)
                if sandbox_error or status in ("400", "404"):
                    # `code` is a string there, `error` an object at the platform's edge.
                    known["content"] = {"application/json": {"schema": {"type": "object"}}}


def values(api):
    """Values that clients and platform use, and the description does not."""
    schemas = api["components"]["schemas"]
    assert "ARCHIVED" not in schemas["Status"]["enum"]
    schemas["Status"]["enum"] += ["ARCHIVING", "ARCHIVED", "UNARCHIVING"]
    kinds = {"type": "string", "enum": ["agent", "application", "function", "job", "sandbox"]}
    for path, item in api["paths"].items():
        for parameter in item.get("parameters", []):
            if parameter.get("name") == "resourceType":
                parameter["schema"] = kinds
    schemas["Metadata"]["allOf"][-1]["properties"]["name"]["pattern"] = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
    schemas["Metadata"]["allOf"][-1]["properties"]["name"]["maxLength"] = 49


GAPS = (
    keep_what_is_simulated,
    uploads,
    registry_images,
    image_pages,
    sandbox_arrays,
    logs,
    tokens,
    keys_in_another_header,
    refusals,
    values,
)


def main():
    source, out = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        api = yaml.safe_load(file)
    for gap in GAPS:
        gap(api)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(api, file, indent=1)
    print(f"{len(GAPS)} gaps mended, {sum(1 for _ in operations(api))} operations")


main()
