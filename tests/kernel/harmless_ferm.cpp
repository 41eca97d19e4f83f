// Whether ferm text on standard input may be given to ferm: exit status 0 or 1, and why not on standard error.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "egressc/readers.h"

int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  egressc::Diagnostics diagnostics;
  const bool harmless = egressc::is_harmless_ferm(text, "stdin", diagnostics);
  std::fputs(diagnostics.render(false).c_str(), stderr);
  return harmless ? 0 : 1;
}
