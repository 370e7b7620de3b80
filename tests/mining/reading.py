"""What PM4Py reads in an OCEL file, as JSON.  Runs in the environment of its own in which PM4Py is."""

import json
import sys
import time

import pm4py
from pm4py.objects.ocel.validation import ocel20_rel_validation

file = sys.argv[1]
began = time.perf_counter()
log = pm4py.read_ocel2(file)
told = {
    "seconds": round(time.perf_counter() - began, 1),
    "events": log.events.groupby("ocel:activity").size().to_dict(),
    "objects": log.objects.groupby("ocel:type").size().to_dict(),
    "pairs": len(log.relations.drop_duplicates(["ocel:eid", "ocel:oid"])),
    "links": len(log.o2o),
    "changes": len(log.object_changes),
}
if file.endswith(".sqlite"):
    told["unsatisfied"] = list(ocel20_rel_validation.apply(file)[1])
sys.stdout.write(json.dumps(told) + "\n")
