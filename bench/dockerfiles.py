"""Writes COUNT sandbox projects below DIR: a Dockerfile of about 55 lines, no two alike, and the small
context that it copies. The same numbers give the same bytes.

    python3 bench/dockerfiles.py DIR COUNT
"""

import os
import random
import sys

WORDS = """access agent anchor atlas beacon bridge browser cache canvas carbon cargo cedar cipher cloud comet copper coral
crystal delta drift ember engine falcon fern flint forge garnet glacier harbor hazel indigo iris ivory jasper juniper kernel
lagoon lantern lark linden lotus magnet maple marble meadow mesa nectar nickel nova oak ocean onyx opal orbit orchid pebble
pine pixel plaza prism quartz quill radar raven reef ridge river saffron sage sierra signal silver sonar spruce summit tangent
thistle timber topaz tundra umber vector velvet violet walnut willow zephyr zinc""".split()

PACKAGES = """bash ca-certificates curl dnsutils file git gnupg htop iputils-ping jq less libpq5 locales lsof make nano
netcat-openbsd openssh-client patch procps python3 python3-venv ripgrep rsync sqlite3 strace sudo tini tree unzip vim wget
xz-utils zip""".split()

BASES = [
    "node:24-bookworm-slim", "node:22-alpine", "python:3.13-slim", "python:3.12-slim-bookworm", "debian:13-slim",
    "ubuntu:24.04", "golang:1.25-bookworm", "rust:1.90-slim", "ruby:3.4-slim", "php:8.4-cli", "alpine:3.22",
    "eclipse-temurin:21-jdk", "mcr.microsoft.com/dotnet/sdk:9.0", "oven/bun:1.3-slim", "denoland/deno:2.5.4",
]


def blocks(rng, number):
    """The middle of a stage: instructions as people write them, with names and values of their own."""
    word = lambda: rng.choice(WORDS)
    version = lambda: f"{rng.randint(0, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 30)}"
    packages = sorted(rng.sample(PACKAGES, rng.randint(3, 9)))
    a, b, c = word(), word(), word()
    return [
        "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends \\\n"
        + "".join(f"      {name} \\\n" for name in packages)
        + "    && rm -rf /var/lib/apt/lists/*\n",
        f"ENV {a.upper()}_PORT={rng.randint(1024, 9999)} \\\n    {b.upper()}_HOME=/opt/{b} \\\n    PATH=/opt/{b}/bin:$PATH\n",
        f"ARG {a.upper()}_VERSION={version()}\nRUN curl -fsSL -o /tmp/{a}.tar.gz https://downloads.example.com/{a}/v${{{a.upper()}_VERSION}}/{a}.tar.gz \\\n"
        f"    && mkdir -p /opt/{a} \\\n    && tar -xzf /tmp/{a}.tar.gz -C /opt/{a} --strip-components=1 \\\n    && rm /tmp/{a}.tar.gz\n",
        "COPY package.json package-lock.json ./\nRUN --mount=type=cache,target=/root/.npm npm ci --omit=dev\n",
        "COPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt\n",
        f"RUN <<EOF\nset -eux\nmkdir -p /srv/{a} /srv/{b}\nprintf '%s\\n' '{c}={version()}' > /srv/{a}/{b}.conf\nchmod 755 /srv/{a}\nEOF\n",
        f"# {a} needs {b} to be there first; see docs/{c}.md\nRUN groupadd -r {a} \\\n    && useradd -r -g {a} -d /home/{a} -m {a} \\\n    && install -d -o {a} -g {a} /var/lib/{a}\n",
        f"COPY --chown=1000:1000 src ./{a}\nCOPY config/{number % 7}.json /etc/{b}/config.json\n",
        f"LABEL org.opencontainers.image.title=\"{a}-{b}\" \\\n      org.opencontainers.image.version=\"{version()}\" \\\n      com.example.team={c}\n",
        f"RUN set -eux; \\\n    for name in {a} {b} {c}; do \\\n      mkdir -p \"/data/$name\"; \\\n      touch \"/data/$name/.keep\"; \\\n    done\n",
        f"EXPOSE {rng.randint(3000, 3999)} {rng.randint(5000, 5999)}/tcp\nHEALTHCHECK --interval=30s --timeout=3s CMD curl -fsS http://localhost:{rng.randint(3000, 3999)}/{a} || exit 1\n",
        f"RUN if [ -d /opt/{a} ]; then \\\n      ln -s /opt/{a}/bin/{b} /usr/local/bin/{b}; \\\n    else \\\n      echo 'no {a}'; \\\n    fi\n",
        f"RUN git clone --depth 1 --branch v{version()} https://github.com/example/{a}-{b}.git /usr/src/{c} \\\n    && make -C /usr/src/{c} PREFIX=/usr/local install \\\n    && rm -rf /usr/src/{c}\n",
        f"RUN npm install -g {a}-cli@{version()} && npm cache clean --force\n",
        f"RUN echo \"{a} {b}\" | tee /etc/{c} > /dev/null; sed -i 's/{a}/{b}/' /etc/{c}\n",
    ]


def project(path, number):
    rng = random.Random(number)
    first, last = rng.choice(BASES), rng.choice(BASES)
    text = f"# syntax=docker/dockerfile:1\nFROM {first} AS build\nWORKDIR /build\n"
    while text.count("\n") < 26:
        text += "\n" + rng.choice(blocks(rng, number))
    text += f"\nFROM {last}\nWORKDIR /app\n"
    while text.count("\n") < 46:
        text += "\n" + rng.choice(blocks(rng, number))
    text += (
        "\nCOPY --from=build /build/out /app\n"
        "COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n"
        "COPY --chmod=755 entrypoint.sh /entrypoint.sh\n"
        f"LABEL com.example.number={number}\n"
        'ENTRYPOINT ["/entrypoint.sh"]\n'
    )
    files = {
        "Dockerfile": text,
        "entrypoint.sh": "#!/bin/sh\nset -e\n/usr/local/bin/sandbox-api &\ncd /app\nnpm start &\nwait\n",
        "package.json": f'{{ "name": "project-{number}", "private": true }}\n',
        "package-lock.json": f'{{ "name": "project-{number}", "lockfileVersion": 3 }}\n',
        "requirements.txt": "flask==3.1.0\n",
        f"config/{number % 7}.json": "{}\n",
        "src/index.js": "console.log('ready')\n",
        ".dockerignore": "node_modules\n*.log\n",
    }
    for name, content in files.items():
        target = os.path.join(path, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as file:
            file.write(content)
    return text.count("\n")


def main():
    root, count = sys.argv[1], int(sys.argv[2])
    lines = [project(os.path.join(root, f"p{number:04}"), number) for number in range(count)]
    print(f"{count} Dockerfiles, {sum(lines) / count:.1f} lines each")


main()
