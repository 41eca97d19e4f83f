// A few values of a range that stand for all of it: its ends, and one between.
#pragma once

#include <cstdint>
#include <vector>

#include "egressc/address.h"
#include "egressc/policy.h"
#include "rehearse/mixer.h"

namespace egressc {

// Never empty. Where packets of `protocol` cannot be sent to an end, its neighbour within the prefix stands for it.
std::vector<Address> sample_of(const Prefix& prefix, std::uint8_t protocol, Mixer mixer);

// An address of the prefix with its host bits from the mixer.
Address inner_of(const Prefix& prefix, Mixer mixer);

// Never empty. Port 0 stands for itself alone: nothing is sent to it.
std::vector<std::uint16_t> sample_of(PortRange ports, Mixer mixer);

// Ascending, of every range; none is no_id. No ranges stand for every id.
std::vector<std::uint32_t> sample_of(const std::vector<IdRange>& ids, Mixer mixer);

}  // namespace egressc
