"""Write the demo city's files."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from oversight.services.demo.city.city import make_city
from oversight.services.demo.files.write import write_files

SIZE, SEED = 20_000, 2025


class Command(BaseCommand):
    """make_demo_files --out DIR: the lists of a made-up city; the same size and seed give the same bytes."""

    help = "生成演示城市的各部门名单文件（人和事均为虚构；同样的人数和种子生成同样的文件）"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take a folder, a size and a seed."""
        parser.add_argument("--out", type=Path, required=True, help="存放文件的目录")
        parser.add_argument("--size", type=int, default=SIZE, help="居民人数，不少于100")
        parser.add_argument("--seed", type=int, default=SEED, help="随机种子")

    def handle(self, *, out: Path, size: int, seed: int, **_: Any) -> None:
        """Write the files and name them."""
        for each in write_files(make_city(size=size, seed=seed), out):
            planted = f"，其中有意写错 {len(each.planted)} 行" if each.planted else ""
            self.stdout.write(f"{each.name}：{each.rows} 行{planted}")
