// The names of a hosts file (hosts(5)).
#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "egressc/sources.h"
#include "sources/envelope/lines.h"
#include "sources/envelope/recent.h"

namespace egressc {

int sniff_hosts(std::string_view head);
LogParser open_hosts(const ParseContext& context, Observations& observations);

namespace {

constexpr std::string_view blanks = " \t";

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const std::size_t stop = std::min(text.find_first_of(blanks), text.size());
  const std::string_view word = text.substr(0, stop);
  text.remove_prefix(stop);
  return word;
}

std::string_view without_comment(std::string_view line) {
  line = line.substr(0, line.find('#'));
  return line.substr(0, line.find_last_not_of(blanks) + 1);
}

std::optional<Address> take_address(std::string_view& text, AddressMemo& addresses) {
  const std::string_view word = take_word(text);
  if (const auto address = addresses.parse(word)) return address;
  return addresses.parse(word.substr(0, word.find('%')));
}

class HostsParser {
 public:
  explicit HostsParser(Observations& observations) : observations_(observations), names_(observations.strings) {}

  void feed(std::string_view block) {
    for_each_line(block, observations_, [this](std::string_view line, std::uint64_t number) {
      const std::string_view text = without_comment(line);
      const std::string_view reason = text.empty() ? std::string_view{} : read(text);
      if (!reason.empty()) observations_.skip(reason, number);
    });
  }

 private:
  std::string_view read(std::string_view text) {
    const auto address = take_address(text, addresses_);
    if (!address || text.empty()) return "not a line of a hosts file";
    // Lists of what shall not be reached are written with such addresses.
    if (is_unspecified(*address)) return "a name that the hosts file blocks";
    if (is_loopback(*address)) return "a name of this host itself";
    bool all = true;
    for (std::string_view name = take_word(text); !name.empty(); name = take_word(text)) {
      const auto known = names_.find(name);
      all = all && known;
      if (!known) continue;
      Resolution resolution;
      resolution.at = any_time;
      resolution.asked = *known;
      resolution.answer = *address;
      observations_.resolutions.push_back(resolution);
    }
    return all ? std::string_view{} : "a name that is no host name";
  }

  Observations& observations_;
  AddressMemo addresses_;
  HostNames names_;
};

}  // namespace

int sniff_hosts(std::string_view head) {
  Observations counted;
  AddressMemo addresses;
  HostNames names(counted.strings);
  std::uint64_t matches = 0;
  std::uint64_t others = 0;
  for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
    std::string_view text = without_comment(line);
    if (text.empty()) return;
    bool match = take_address(text, addresses) && !text.empty();
    for (std::string_view name = take_word(text); match && !name.empty(); name = take_word(text))
      match = names.find(name).has_value();
    ++(match ? matches : others);
  });
  // The last line of the head may be cut.
  return matches != 0 && others <= 1 && matches > others ? 60 : 0;
}

LogParser open_hosts(const ParseContext&, Observations& observations) {
  const auto parser = std::make_shared<HostsParser>(observations);
  return {[parser](std::string_view lines) { parser->feed(lines); }, [] {}};
}

}  // namespace egressc
