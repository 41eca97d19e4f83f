// A hosts file: names that hold at any time.

#include "model/words/text.h"
#include "sources/dns/resolver.h"
#include "sources/envelope/parser.h"

namespace egressc::sources {
namespace {

std::string_view without_comment(std::string_view line) {
  line = line.substr(0, line.find('#'));
  return line.substr(0, line.find_last_not_of(" \t") + 1);
}

}  // namespace

class HostsParser {
 public:
  HostsParser(const ParseContext&, Observations& observations)
      : observations_(observations), names_(observations.strings) {}

  // The last line of the head may be cut.
  static int sniff(std::string_view head) {
    Observations scratch;
    AddressMemo addresses;
    HostNames names(scratch.strings);
    std::uint64_t matches = 0;
    std::uint64_t others = 0;
    for_each_line(head, scratch, [&](std::string_view line, std::uint64_t) {
      std::string_view text = without_comment(line);
      if (text.empty()) return;
      bool match = parse_client(next_word(text), addresses) && !text.empty();
      for (std::string_view name = next_word(text); match && !name.empty(); name = next_word(text))
        match = names.find(name) != 0;
      ++(match ? matches : others);
    });
    return matches != 0 && others <= 1 && matches > others ? 60 : 0;
  }

  std::string_view read(std::string_view line, std::uint64_t) {
    std::string_view text = without_comment(line);
    if (text.empty()) return {};
    const auto address = parse_client(next_word(text), addresses_);
    if (!address || text.empty()) return "not a line of a hosts file";
    // Lists of what shall not be reached are written with such addresses.
    if (is_unspecified(*address)) return "a name that the hosts file blocks";
    if (is_loopback(*address)) return "a name of this host itself";
    bool all = true;
    for (std::string_view name = next_word(text); !name.empty(); name = next_word(text)) {
      Resolution resolution;
      resolution.at = any_time;
      resolution.asked = names_.find(name);
      resolution.answer = *address;
      if (resolution.asked == 0)
        all = false;
      else
        observations_.resolutions.push_back(resolution);
    }
    return all ? std::string_view{} : no_host_name;
  }

 private:
  Observations& observations_;
  AddressMemo addresses_;
  HostNames names_;
};

template struct Format<HostsParser>;

}  // namespace egressc::sources
