#include "explain/yaml_lines.h"

#include <algorithm>
#include <string_view>

#include "egressc/explain.h"

namespace egressc {
namespace {

constexpr std::uint32_t label_column = 3;
constexpr std::uint32_t grant_column = 9;  // of what stands behind "- "

std::string yaml_of(const Subject& subject) {
  Policy policy;
  policy.subjects = {subject};
  normalize(policy);
  return write_policy_yaml(policy);
}

// What follows the line `begin`, moved from column `usual` to `column`.
std::string lines_after(std::string_view yaml, std::string_view begin, std::uint32_t usual, std::uint32_t column) {
  yaml.remove_prefix(std::min(yaml.find(begin) + begin.size(), yaml.size()));
  std::string moved;
  while (!yaml.empty()) {
    const std::size_t end = yaml.find('\n') + 1;
    std::string_view line = yaml.substr(0, end);
    yaml.remove_prefix(end);
    if (column < usual) line.remove_prefix(usual - column);
    moved.append(column > usual ? column - usual : 0, ' ');
    moved += line;
  }
  return moved;
}

}  // namespace

std::string grant_lines(const Grant& grant, std::uint32_t column) {
  Subject subject;
  subject.uids = {{0, 0}};
  subject.allow = {grant};
  return lines_after(yaml_of(subject), "    allow:\n", grant_column, column);
}

std::string subject_lines(const Subject& subject, std::uint32_t column) {
  return lines_after(yaml_of(subject), "subjects:\n", label_column, column);
}

std::string grant_text(const Grant& grant) {
  Grant bare = grant;
  bare.evidence = {};
  return grant_lines(bare, 3);
}

}  // namespace egressc
