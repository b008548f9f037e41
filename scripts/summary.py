"""Adds up the test reports of all modules; prints what failed, what passed only when it was run
again, what was skipped and why, and one closing line. Fails if a test failed."""

import glob
import sys
import xml.etree.ElementTree as tree



def first_line(element):
    text = element.get("message") or element.text or "no reason given"
    return text.strip().splitlines()[0] if text.strip() else "no reason given"


passed = skipped = 0
failed = []
unsteady = []
reasons = {}
for path in sorted(glob.glob("*/target/surefire-reports/TEST-*.xml")):
    for case in tree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        failure = next((c for c in case if c.tag in ("failure", "error")), None)
        once = next((c for c in case if c.tag in ("flakyFailure", "flakyError")), None)
        left_out = case.find("skipped")
        if failure is not None:
            failed.append(f"{name}: {first_line(failure)}")
        elif left_out is not None:
            skipped += 1
            reasons.setdefault(first_line(left_out), []).append(name)
        else:
            passed += 1
            if once is not None:
                unsteady.append(f"{name}: {first_line(once)}")
for reason, names in sorted(reasons.items()):
    print(f"skipped: {len(names)} tests: {reason}")
for line in unsteady:
    print(f"UNSTEADY, passed only when run again (a defect, of the test or of Graft): {line}")
for line in failed:
    print(f"FAILED: {line}")
print(f"{passed} passed, {len(failed)} failed, {skipped} skipped, {len(unsteady)} unsteady")
sys.exit(1 if failed or not passed else 0)
