// Configurations of dnsmasq: every set that is surely filled is possibly filled too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/readers.h"

using namespace egressc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const SetKind kind : {SetKind::nftables, SetKind::ipset}) {
    Diagnostics diagnostics;
    const auto told = read_dnsmasq(text, "input", kind, diagnostics);
    if (told.has_value() == diagnostics.has_errors()) std::abort();
    if (!told) continue;
    for (const auto& [set, surely] : told->surely) {
      const auto possibly = told->possibly.find(set);
      if (possibly == told->possibly.end()) std::abort();
      for (const Filling& one : surely)
        if (std::none_of(possibly->second.begin(), possibly->second.end(), [&](const Filling& other) {
              return other.label == one.label && other.ipv4 == one.ipv4 && other.ipv6 == one.ipv6;
            }))
          std::abort();
    }
  }
  return 0;
}
