"""Puts the built media engine and the built pages into the wheel; an editable install uses them where they are made."""

import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENGINE = "media/engine/target/release/cordboard-media"
PAGES = "web/apps/desk/dist"


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for made, place in ((ENGINE, "media/bin/cordboard-media"), (PAGES, PAGES)):
            if not (Path(self.root) / made).exists():
                raise FileNotFoundError(f"{made} is missing: run `make engine web` before the wheel is built")
            build_data["force_include"][made] = place
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
