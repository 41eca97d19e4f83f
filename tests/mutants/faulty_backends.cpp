// The table of the dialects with a fault in one of them. The linker puts it in the place of the true one (--wrap in
// meson.build): everything else of the program, its verification above all, is what is shipped.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faults.h"
#include "prove/dialects.h"

namespace egressc {

std::span<const Dialect> true_dialects() __asm__("__real__ZN7egressc8dialectsEv");
std::span<const Dialect> faulty_dialects() __asm__("__wrap__ZN7egressc8dialectsEv");

namespace {

using namespace mutants;

struct Fault {
  std::string_view dialect;
  Family family = Family::ipv4;
  std::string_view name;
  const RulesetFault* in_ruleset = nullptr;  // nullptr: in the text
  const Dialect* dialect_row = nullptr;
};

[[noreturn]] void refuse(const char* why) {
  std::fprintf(stderr, "EGRESSC_FAULT: %s; it is DIALECT/4/FAULT or DIALECT/6/FAULT\n", why);
  std::_Exit(99);
}

template <class List>
auto* named(const List& list, std::string_view name) {
  for (const auto& each : list)
    if (each.name == name) return &each;
  return static_cast<decltype(&*list.begin())>(nullptr);
}

// What the test has to try.
[[noreturn]] void list() {
  const auto print = [](const char* what, std::string_view name) {
    std::printf("%s %.*s\n", what, static_cast<int>(name.size()), name.data());
  };
  for (const Dialect& row : true_dialects()) print("dialect", row.name);
  for (const RulesetFault& each : ruleset_faults()) print("fault", each.name);
  for (const std::string_view each : text_faults()) print("fault", each);
  std::fflush(stdout);
  std::_Exit(0);
}

bool is_text_fault(std::string_view name) {
  const auto names = text_faults();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "ferm/6/wrong-port", or "list". Without the variable there is no fault.
std::optional<Fault> fault_asked_for() {
  const char* variable = std::getenv("EGRESSC_FAULT");
  if (!variable) return std::nullopt;
  const std::string_view text(variable);
  if (text == "list") list();
  const auto slash = text.find('/');
  if (slash == text.npos || text.size() < slash + 4 || text[slash + 2] != '/') refuse("no DIALECT/FAMILY/FAULT");
  Fault fault;
  fault.dialect = text.substr(0, slash);
  fault.family = text[slash + 1] == '6' ? Family::ipv6 : Family::ipv4;
  fault.name = text.substr(slash + 3);
  fault.in_ruleset = named(ruleset_faults(), fault.name);
  fault.dialect_row = named(true_dialects(), fault.dialect);
  if (!fault.in_ruleset && !is_text_fault(fault.name)) refuse("there is no such fault");
  if (!fault.dialect_row) refuse("there is no such dialect");
  return fault;
}

const std::optional<Fault>& fault() {
  static const std::optional<Fault> asked = fault_asked_for();
  return asked;
}

std::string print_wrong(const Ruleset& ruleset) {
  if (!fault()->in_ruleset)
    return with_text_fault(fault()->name, fault()->dialect, fault()->family, fault()->dialect_row->print(ruleset));
  Ruleset wrong = ruleset;
  fault()->in_ruleset->apply(wrong, fault()->family);
  return fault()->dialect_row->print(wrong);
}

}  // namespace

std::span<const Dialect> faulty_dialects() {
  static const std::vector<Dialect> table = [] {
    const auto all = true_dialects();
    std::vector<Dialect> rows(all.begin(), all.end());
    for (Dialect& row : rows)
      if (fault() && row.name == fault()->dialect) row.print = print_wrong;
    return rows;
  }();
  return table;
}

}  // namespace egressc
