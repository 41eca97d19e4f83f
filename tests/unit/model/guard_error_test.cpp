#include <doctest/doctest.h>

#include <string>

#include "egressc/guard.h"

using namespace egressc;

TEST_CASE("what a guard may not say") {
  struct Row {
    std::string text;
    std::uint32_t line;
    std::uint32_t column;
    const char* message;
    const char* hint;
  };
  const std::string head = "egressc-guard: 1\n";
  const Row rows[] = {
      {"", 0, 0, "nothing in this file", "a guard with \"egressc-guard: 1\""},
      {"never: [{to: private}]\n", 1, 1, "does not say that it is a guard", "egressc-guard: 1"},
      {"egressc-guard: 2\nnever: [{to: private}]\n", 1, 16, "version 2", "egressc-guard: 1"},
      {head, 1, 1, "limits nothing", "never:"},
      {head + "never: []\n", 1, 1, "limits nothing", "never:"},
      {head + "allow: []\n", 2, 8, "would allow nothing", "leave the key out"},
      {head + "never: {to: private}\n", 2, 8, "a list for `never` is wanted here, and this is a map", ""},
      {head + "nevr: [{to: private}]\n", 2, 1, "\"nevr\" is unknown", "did you mean \"never\"?"},
      {head + "never: [{to: private}]\nnever: [{to: any}]\n", 3, 1, "\"never\" stands here twice", ""},
      {head + "never: [{ports: [tcp/22]}]\n", 2, 9, "an entry of `never` has no `to`", "any for everything"},
      {head + "never: [{to: []}]\n", 2, 14, "an empty list is about nothing", ""},
      {head + "never: [{to: \"*\"}]\n", 2, 14, "no word of a guard", "any"},
      {head + "never: [{to: all}]\n", 2, 14, "no word of a guard", "any"},
      {head + "never: [{to: [private, 10.0.0.1/8]}]\n", 2, 24, "has bits set behind its length", "10.0.0.0/8"},
      {head + "never: [{to: \"a*.example\"}]\n", 2, 14, "is not a host name", "a wildcard stands for"},
      {head + "never: [{to: any, ports: [443]}]\n", 2, 27, "is not a protocol with ports", "tcp/443"},
      {head + "never: [{to: any, ports: []}]\n", 2, 26, "an empty list is about nothing", "leave the key out"},
      {head + "never: [{to: any, subjects: {}}]\n", 2, 29, "neither `uid` nor `gid`", ""},
      {head + "never: [{to: any, subjects: {uid: agent}}]\n", 2, 35, "is a name", "--passwd"},
      {head + "never: [{to: any, subjects: {uid: 9-1}}]\n", 2, 35, "is not a range", "1-9"},
      {head + "never: [{to: any, reason: [x]}]\n", 2, 27, "a value for reason is wanted", ""},
      {head + "allow: [{to: any, except: private}]\n", 2, 19, "\"except\" is unknown here", ""},
      {head + "never: [{to: any, live: true}]\n", 2, 19, "\"live\" is unknown here", "one of"},
      {head + "never: &x [{to: any}]\n", 2, 8, "an anchor may not stand here", ""},
      {"egressc: 1\nscope: host\n", 1, 1, "does not say that it is a guard", "egressc-guard: 1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    CHECK(!read_guard(row.text, "g.yaml", nullptr, diagnostics).has_value());
    REQUIRE(!diagnostics.all().empty());
    const Diagnostic& first = diagnostics.all().front();
    CHECK(first.where == Location{"g.yaml", row.line, row.column});
    CHECK_MESSAGE(first.message.find(row.message) != std::string::npos, first.message);
    CHECK_MESSAGE(first.hint.find(row.hint) != std::string::npos, first.hint);
  }
}
