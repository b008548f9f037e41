"""Adds up the test reports of all modules; prints what was skipped and why, and one closing line."""

import glob
import sys
import xml.etree.ElementTree as tree

passed = failed = skipped = 0
reasons = {}
for path in sorted(glob.glob("*/target/surefire-reports/TEST-*.xml")):
    for case in tree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
            reason = case.find("skipped").get("message") or "no reason given"
            reasons.setdefault(reason.strip().splitlines()[0], []).append(case.get("name"))
        else:
            passed += 1
for reason, names in sorted(reasons.items()):
    print(f"skipped: {len(names)} tests: {reason}")
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
