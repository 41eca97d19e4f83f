// What the programs share that are asked about flows: "UID GID LOOPBACK PROTOCOL ADDRESS PORT" on a line of standard
// input, numbers but for the address.
#pragma once

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "egressc/address.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"

namespace egressc {

// False at the end.
inline bool read_flow(FlowPoint& flow) {
  unsigned loopback = 0, protocol = 0;
  std::string address;
  if (!(std::cin >> flow.uid >> flow.gid >> loopback >> protocol >> address >> flow.port)) return false;
  flow.loopback = loopback != 0;
  flow.protocol = static_cast<std::uint8_t>(protocol);
  flow.to = parse_address(address).value();
  return true;
}

inline const char* verdict(const Meaning& meaning, const FlowPoint& flow) {
  if (meaning.least.contains(flow)) return "allowed";
  return meaning.most.contains(flow) ? "undecided" : "denied";
}

inline std::string contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace egressc
