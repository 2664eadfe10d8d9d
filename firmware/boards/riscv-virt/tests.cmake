# SPDX-License-Identifier: Apache-2.0
foreach(poke 1 2 3 4 5)
  firmware_runtime(test-poke-${poke} "finger" tests/poke.c POKE=${poke})
endforeach()
foreach(poke 1 2 3 4 5 6 7 8)
  firmware_runtime(test-poke-machine-${poke} "finger" tests/poke_machine.c POKE=${poke})
endforeach()
