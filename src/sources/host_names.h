// Host names as log lines repeat them: checked once.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "egressc/observation.h"

namespace egressc {

class HostNames {
 public:
  explicit HostNames(StringPool& strings) : strings_(strings) {}

  // The id of the name's spelling (see DomainName), or nullopt for what is no host name.
  std::optional<StringId> find(std::string_view text);

 private:
  StringPool& strings_;
  std::vector<StringId> recent_;  // by hash, where the spelling is the text itself: a hit costs one comparison
};

}  // namespace egressc
