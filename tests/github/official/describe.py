"""Takes out of GitHub's own description what sandgate and the clients of these tests call, and adds what it does not say.

    describe.py api.github.com.json OUT
"""

import json
import sys

CALLED = {
    "/user": ["get"],
    "/repos/{owner}/{repo}": ["get"],
    "/repos/{owner}/{repo}/pulls": ["get"],
    "/repos/{owner}/{repo}/pulls/{pull_number}": ["get"],
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch", "delete"],
    "/repos/{owner}/{repo}/statuses/{sha}": ["post"],
    "/repos/{owner}/{repo}/commits/{ref}/statuses": ["get"],
    "/repos/{owner}/{repo}/commits/{ref}/status": ["get"],
    "/repos/{owner}/{repo}/deployments": ["get", "post"],
    "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses": ["get", "post"],
    "/repos/{owner}/{repo}/check-runs": ["post"],
    "/repos/{owner}/{repo}/check-runs/{check_run_id}": ["get", "patch"],
    "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations": ["get"],
    "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
}

# GitHub answers these, and recommends the first; the description lists plain JSON alone.
MEDIA = ("application/vnd.github+json", "application/vnd.github.v3+json")


def resolve(api, reference):
    at = api
    for part in reference.removeprefix("#/").split("/"):
        at = at[part.replace("~1", "/").replace("~0", "~")]
    return at


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for key, part in value.items():
            # Examples are of no use here, and large.
            if key not in ("examples", "example"):
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def without_examples(value):
    if isinstance(value, dict):
        # A property may be called so, too: that one is a schema.
        return {
            key: without_examples(part)
            for key, part in value.items()
            if key not in ("examples", "example", "x-github", "externalDocs")
        }
    return [without_examples(part) for part in value] if isinstance(value, list) else value


def trim(api):
    paths = {}
    for path, methods in CALLED.items():
        item = api["paths"][path]
        paths[path] = {name: item[name] for name in (*methods, "parameters") if name in item}
    trimmed = {**api, "paths": paths, "components": {}}
    trimmed.pop("webhooks", None)
    trimmed.pop("x-webhooks", None)
    found, left = set(), list(references(paths))
    while left:
        reference = left.pop()
        if reference in found:
            continue
        found.add(reference)
        part = resolve(api, reference)
        _, _, kind, name = reference.split("/")
        trimmed["components"].setdefault(kind, {})[name] = part
        left += references(part)
    return without_examples(trimmed)


def media_types(api):
    for item in api["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values() if isinstance(operation, dict) else ():
                if "$ref" in response:
                    response = resolve(api, response["$ref"])
                content = response.get("content", {})
                if "application/json" in content:
                    for kind in MEDIA:
                        content.setdefault(kind, content["application/json"])


def limits(api):
    """What GitHub refuses with 422, and the description does not say."""

    def sent(path, method):
        content = api["paths"][path][method]["requestBody"]["content"]
        return content["application/json"]["schema"]["properties"]

    repository = "/repos/{owner}/{repo}"
    for path, method, name, most in (
        (f"{repository}/issues/{{issue_number}}/comments", "post", "body", 65536),
        (f"{repository}/issues/comments/{{comment_id}}", "patch", "body", 65536),
        (f"{repository}/statuses/{{sha}}", "post", "description", 140),
        (f"{repository}/deployments", "post", "description", 140),
    ):
        schema = sent(path, method)[name]
        assert "maxLength" not in schema, f"{method} {path} says it by now: leave it out here"
        schema["maxLength"] = most


def empty_addresses(api):
    """A deployment's status without an address has an empty one: the description says so as its default, and that it is one."""
    properties = api["components"]["schemas"]["deployment-status"]["properties"]
    for name in ("target_url", "log_url", "environment_url"):
        assert properties[name].get("default") == "" and properties[name]["format"] == "uri", name
        del properties[name]["format"]


def based(api):
    """The paths of an Enterprise Server are below its own, which its address has, and which nobody but this looks at."""
    _, _, path = api["servers"][0]["url"].partition("://")
    _, slash, base = path.partition("/")
    api["paths"] = {f"{slash}{base}{path}": item for path, item in api["paths"].items()}


def main():
    source, out = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        api = trim(json.load(file))
    media_types(api)
    limits(api)
    empty_addresses(api)
    based(api)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(api, file)
    print(f"{sum(len(methods) for methods in CALLED.values())} calls of GitHub's description")


main()
