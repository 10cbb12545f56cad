#!/usr/bin/env bash
# The recipe is ci/oss-fuzz/build.sh. ClusterFuzzLite knows no slot for TSan but `undefined`'s when it is asked
# to (see .github/workflows/cflite_tsan.yml), and `thread` when nobody checks.
set -euo pipefail
exec "$SRC/revenant/ci/oss-fuzz/build.sh" "$@"
