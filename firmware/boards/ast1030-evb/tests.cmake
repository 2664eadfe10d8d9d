# SPDX-License-Identifier: Apache-2.0
firmware_runtime(test-spy "magnifying glass" tests/spy.c)
foreach(poke 1 2 3 4 5)
  firmware_runtime(test-poke-${poke} "finger" tests/poke.c POKE=${poke})
endforeach()
