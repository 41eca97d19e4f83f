#include "kernel/save_sections.h"

#include <algorithm>

namespace egressc::kernel {
namespace {

// With its end of line.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == text.npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

// The table that begins with this line; "" for any other line, also for one that a comment with a line break holds.
std::string_view table_named(std::string_view line) {
  for (const std::string_view name : xtables_names)
    if (line.size() == name.size() + 2 && line.front() == '*' && line.substr(1, name.size()) == name) return name;
  return "";
}

bool is_empty_base_chain(std::string_view block) {
  if (!take_line(block).starts_with("\tchain ")) return false;
  const std::string_view base = take_line(block);
  return base.starts_with("\t\ttype ") && base.ends_with(" policy accept;\n") && block == "\t}\n";
}

// Chains, sets and maps, sorted; what is around them is a block as well.
std::vector<std::string> blocks(std::string_view text) {
  std::vector<std::string> all(1);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with("#") || line == "\n") continue;
    all.back() += line;
    if (line == "\t}\n" || line.starts_with("table ")) all.emplace_back();
  }
  std::erase_if(all, [](const std::string& block) { return block.empty() || is_empty_base_chain(block); });
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::vector<SaveSection> save_sections(std::string_view text) {
  std::vector<SaveSection> sections;
  bool open = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (const std::string_view table = table_named(line); !table.empty()) {
      if (open) sections.pop_back();
      open = true;
      sections.push_back({std::string(table), {}});
    }
    if (open) sections.back().text += line;
    if (line == "COMMIT\n") open = false;
  }
  if (open) sections.pop_back();
  return sections;
}

bool same_table(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && blocks(one) == blocks(other);
}

}  // namespace egressc::kernel
