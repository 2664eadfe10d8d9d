#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Sizes and worst stack of linked images, held against firmware/budgets.json.

A build folder may hold the measured programs of the rows (firmware/size/ROW.elf) and real firmware
(firmware/rotor-*.elf); both are found. Each image needs its map beside it (-Wl,-Map,NAME.elf.map), debug information
(-g), and the build folder its compile_commands.json.
"""

import argparse
import json
import pathlib
import sys

import archives
import image as images
import report
import stack

TOP = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/sizes", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="+", type=pathlib.Path, help="folder of a build, named as its preset")
    parser.add_argument("--budgets", type=pathlib.Path, default=TOP / "firmware/budgets.json")
    parser.add_argument("--recorded", type=pathlib.Path, default=TOP / "firmware/sizes.json",
                        help="sizes by file as they were when the budgets were set: what has grown since is told from them")
    parser.add_argument("--record", action="store_true", help="write today's sizes there")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--indirect", action="store_true", help="list all calls through pointers and what they reach")
    parser.add_argument("--paths", action="store_true", help="list the deepest path from each entry")
    parser.add_argument("--measured", action="append", default=[], metavar="NAME=LOG",
                        help="log of a run of an image, or of all images of a build, with lines 'stack: used N of M'")
    parser.add_argument("--no-budget", action="store_true", help="only print")
    return parser.parse_args()


def compact(recorded):
    """A line for each owner in each image, so that branches which change different modules do not collide."""
    images = []
    for name, owners in sorted(recorded.items()):
        lines = [f"  {json.dumps(owner)}: {json.dumps(files, sort_keys=True)}" for owner, files in sorted(owners.items())]
        images.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(images) + "\n}\n"


def found(build, ignored):
    """(kind, name in the budgets file, path) of a build's images."""
    for path in sorted((build / "firmware/size").glob("*.elf")):
        yield "rows", path.stem, path
    for path in sorted((build / "firmware").glob("rotor-*.elf")):
        if path.stem not in ignored:
            yield "images", f"{build.name}/{path.stem}", path


def main():
    options = arguments()
    budgets = json.loads(options.budgets.read_text())
    recorded = json.loads(options.recorded.read_text()) if options.recorded.exists() else {}
    measured = dict(item.split("=", 1) for item in options.measured)
    results, errors = [], []
    for build in options.build:
        errors += archives.faults(build)
        for kind, name, path in found(build, budgets["ignored"]):
            asked = budgets[kind].get(name)
            if asked:
                asked = {**budgets["like"].get(asked.get("like"), {}), **asked}
            if asked is None:
                errors.append(f"{name}: {options.budgets.name} has no entry for it")
                asked = {}
            image = images.read(path)
            depth = stack.analyse(image, build, asked)
            results.append(report.Result(kind, name, asked, image, depth, recorded.get(name, {})))
    if not results:
        sys.exit("nothing to measure in " + ", ".join(map(str, options.build)))
    for name, log in measured.items():
        ran = [result for result in results if name in (result.name, result.name.partition("/")[0])]
        for result in ran:
            result.run(pathlib.Path(log).read_text())
        errors += [] if ran else [f"{name}: no such image"]
    errors += [error for result in results for error in result.errors]
    over = [] if options.no_budget else [line for result in results for line in result.exceeded()]
    if options.record:
        recorded.update({result.name: result.detail() for result in results})
        options.recorded.write_text(compact(recorded))
    if options.json:
        print(json.dumps({"images": [result.document() for result in results], "errors": errors, "exceeded": over},
                         indent=1))
    else:
        report.show(results, options)
    for line in errors + over:
        print(line, file=sys.stderr)
    return 1 if errors or over else 0


if __name__ == "__main__":
    sys.exit(main())
