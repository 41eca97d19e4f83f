// The options of an iptables rule, spelled as on its command line.
#pragma once

#include <span>

#include "readers/iptables_line.h"
#include "readers/xtables_rule.h"

namespace egressc::readers {

// `words` are those after the chain.
void read_options(std::span<const Word> words, RuleBuilder& rule);

}  // namespace egressc::readers
