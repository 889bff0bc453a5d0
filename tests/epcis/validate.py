"""Whether an EPCIS document on the standard input is one by the official JSON schema, formats included.

usage: validate.py SCHEMA
"""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
if schema["$id"] != "https://gs1.github.io/EPCIS/EPCIS-JSON-Schema.json":
    sys.exit(f"{sys.argv[1]} is not the schema of GS1, but {schema['$id']}")
formats = jsonschema.FormatChecker()
for format, bad in [("date-time", "yesterday"), ("uri", "not one")]:
    if formats.conforms(bad, format):
        sys.exit(f"nothing checks the format {format}")
validator = jsonschema.Draft7Validator(schema, format_checker=formats)
faults = [jsonschema.exceptions.best_match([fault]) for fault in validator.iter_errors(json.load(sys.stdin))]
for fault in faults:
    print(f"{fault.json_path}: {fault.message[:300]}", file=sys.stderr)
sys.exit(1 if faults else 0)
