// The byte form of a schedule: what a fuzzer mutates.
//
// Total: every byte string is a schedule; each number counts modulo its range, and missing bytes
// are zero. Layout, all numbers little-endian:
//
//   u8   bits 0-1: number of CPUs minus one, bit 2: has a walk, bit 3: it takes over,
//        bit 4: it draws ops
//   for each CPU:  u8 number of ops, then for each its number in the OpTable (u8, or u16 when the
//                  table has more than 256)
//   u32  seed of the walk, if it has one
//   u16  the question at which the walk takes over, if it does
//   u8   number of preemptions, then for each: u8 CPU and, times 16, target; u8 op; u8 point
//   u8   number of picks, then for each: u8 CPU; u8 op; u8 point; u8 value
//
// Both lists end early with the bytes. encode gives the one canonical string, trailing zero bytes
// cut off as far as the first byte of the last entry: decode(encode(s)) == s for every normalized
// s.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "schedule/op_table.h"
#include "schedule/schedule.h"

namespace revenant {

Schedule decode(std::span<const std::uint8_t> bytes, const OpTable& table);
std::vector<std::uint8_t> encode(const Schedule& schedule, const OpTable& table);

}  // namespace revenant
