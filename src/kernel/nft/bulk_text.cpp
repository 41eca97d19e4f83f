#include <fmt/core.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "kernel/nft/bulk.h"

namespace egressc::kernel {
namespace {

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::string_view take_until(std::string_view& text, std::string_view word) {
  const std::string_view part = text.substr(0, text.find(word));
  text.remove_prefix(std::min(part.size() + word.size(), text.size()));
  return part;
}

std::optional<std::uint16_t> take_port(std::string_view& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return port;
}

// "203.0.113.0/24 . tcp . 1000-2000"
std::optional<BulkElement> read_element(std::string_view text, Family family) {
  const std::string_view destination = take_until(text, " . ");
  const auto prefix = parse_prefix(destination);
  // A mapped address is an IPv4 address to parse_prefix(), and wrong to nftables.
  const bool is_mapped = family == Family::ipv4 && destination.find(':') != destination.npos;
  if (!prefix || prefix->address.family != family || is_mapped) return std::nullopt;
  BulkElement element{*prefix, Protocol::tcp, {}};
  if (take(text, "udp . "))
    element.protocol = Protocol::udp;
  else if (!take(text, "tcp . "))
    return std::nullopt;
  const auto first = take_port(text);
  const bool is_range = take(text, "-");
  const auto last = is_range ? take_port(text) : first;
  if (!first || !last || !text.empty() || (is_range && *first >= *last)) return std::nullopt;
  element.ports = {*first, *last};
  return element;
}

// An interface is a number in the kernel, which is the same everywhere for this one alone.
bool names_interface(std::string_view line, std::size_t place) {
  return line.substr(place).starts_with("if ") && (place == 0 || !line.substr(place - 1).starts_with("oif \"lo\" "));
}

class Parts {
 public:
  explicit Parts(std::string_view text) : rest_(text), elements_(parts_.messages) {
    parts_.messages.reserve(2 * text.size());
  }

  bool take_apart() {
    while (rest_.starts_with('#'))
      if (!keep_line()) return false;
    if (rest_.starts_with("add table "))
      for (const std::string_view line : {"add table inet egressc", "delete table inet egressc"})
        if (line_ahead() != line || !keep_line()) return false;
    while (take_removal(parts_.removals)) continue;
    if (!take_table()) return false;
    // Nothing that is taken out is in the table so far, so that it can go first.
    while (take_removal(later_)) continue;
    if (line_ahead() == table_head) {
      parts_.removals += std::exchange(later_, {});
      if (!take_table()) return false;
      while (take_removal(later_)) continue;
    }
    while (!rest_.empty())
      if ((depth_ == 0 && !adds_to_other()) || !keep_understood_line()) return false;
    parts_.messages += later_;
    return depth_ == 0;
  }

  BulkText take() { return std::move(parts_); }

 private:
  static constexpr std::string_view table_head = "table inet egressc {";

  std::string_view line_ahead() const { return rest_.substr(0, rest_.find('\n')); }

  bool take_table() {
    if (line_ahead() != table_head || !keep_line()) return false;
    depth_ = 1;
    while (depth_ > 0)
      if (rest_.empty() || !(depth_ == 1 && is_bulk_set() ? take_set() : keep_understood_line())) return false;
    return true;
  }

  // Of a chain or a set that the text has not made so far.
  bool take_removal(std::string& messages) {
    const std::string_view line = line_ahead();
    const auto removal = read_removal(line);
    if (!removal || line.size() == rest_.size()) return false;
    if (parts_.skeleton.find(fmt::format("\t{} {} {{\n", removal->is_set ? "set" : "chain", removal->name)) !=
        std::string::npos)
      return false;
    add_removal(messages, *removal);
    rest_.remove_prefix(line.size() + 1);
    return true;
  }

  bool is_bulk_set() {
    std::string_view after = rest_;
    if (!kernel::take(after, "\tset ")) return false;
    name_ = take_until(after, " ");
    if (!kernel::take(after, "{\n\t\ttypeof ip")) return false;
    family_ = kernel::take(after, "6") ? Family::ipv6 : Family::ipv4;
    return kernel::take(after, " daddr . meta l4proto . th dport\n\t\tflags interval\n\t\tcounter\n\t\telements = {\n");
  }

  bool take_set() {
    if (name_.size() >= NFT_SET_MAXNAMELEN || std::find(taken_.begin(), taken_.end(), name_) != taken_.end())
      return false;
    taken_.push_back(name_);
    constexpr std::string_view elements = "\t\telements = {\n";
    const std::size_t head = rest_.find(elements);
    parts_.skeleton += rest_.substr(0, head);
    rest_.remove_prefix(head + elements.size());
    elements_.begin(name_);
    for (bool more = true; more; ++parts_.elements) {
      if (!kernel::take(rest_, "\t\t\t")) return false;
      std::string_view line = take_until(rest_, "\n");
      more = line.ends_with(',');
      if (more) line.remove_suffix(1);
      const auto element = read_element(line, family_);
      if (!element) return false;
      elements_.add(*element);
    }
    elements_.end();
    constexpr std::string_view end = "\t}\n";
    parts_.skeleton += end;
    return kernel::take(rest_, "\t\t}\n") && kernel::take(rest_, end);
  }

  // "add element inet egressc NAME {": to a set that has all its elements in the skeleton.
  bool adds_to_other() const {
    std::string_view line = line_ahead();
    return kernel::take(line, "add element inet egressc ") && line.find(';') == line.npos &&
           std::find(taken_.begin(), taken_.end(), line.substr(0, line.find(' '))) == taken_.end();
  }

  bool keep_line() {
    const std::size_t end = rest_.find('\n');
    if (end == rest_.npos) return false;
    parts_.skeleton += rest_.substr(0, end + 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  // A line that nothing of the lines before or behind it can make mean something else.
  bool keep_understood_line() {
    const std::string_view line = line_ahead();
    bool is_quoted = false;
    for (std::size_t place = 0; place < line.size(); ++place) {
      const char character = line[place];
      if (character == '"') is_quoted = !is_quoted;
      if (character == '\\' || (!is_quoted && (character == '#' || character == '$'))) return false;
      if (!is_quoted && names_interface(line, place)) return false;
      if (!is_quoted) depth_ += character == '{' ? 1 : character == '}' ? -1 : 0;
      if (depth_ < 0) return false;
    }
    return !is_quoted && keep_line();
  }

  std::string_view rest_;
  BulkText parts_;
  std::string later_;  // messages that take out what the text replaces
  BulkElements elements_;
  int depth_ = 0;
  std::string_view name_;
  Family family_ = Family::ipv4;
  std::vector<std::string_view> taken_;
};

}  // namespace

std::optional<BulkText> take_apart(std::string_view text) {
  Parts parts(text);
  if (!parts.take_apart()) return std::nullopt;
  return parts.take();
}

}  // namespace egressc::kernel
