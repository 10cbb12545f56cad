#!/usr/bin/env bash
# Copyright 2026 The Revenant authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds again what a patch has changed: build.sh keeps its build folder in $WORK.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/build.sh" "$@"
