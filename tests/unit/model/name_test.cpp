#include "egressc/name.h"

#include <doctest/doctest.h>

#include <string>

using namespace egressc;

TEST_CASE("host names") {
  struct Row {
    std::string text;
    const char* key;  // nullptr: refused
  };
  const Row rows[] = {
      {"api.example.com", "api.example.com"},
      {"WwW.ShOp.ExAmPlE", "www.shop.example"},
      {"api.example.com.", "api.example.com"},
      {"_dmarc.example.com", "_dmarc.example.com"},
      {"3com.example", "3com.example"},
      {"localhost", "localhost"},
      {"b\xc3\xbc"
       "cher.example",
       "xn--bcher-kva.example"},
      {"", nullptr},
      {".", nullptr},
      {"a..example", nullptr},
      {"-a.example", nullptr},
      {"a-.example", nullptr},
      {"a b.example", nullptr},
      {"cdn.example is 203.0.113.207", nullptr},
      {"a.example\n", nullptr},
      {"198.51.100.7", nullptr},
      {"2001:db8::7", nullptr},
      {"example.123", nullptr},
      {"*.example.com", nullptr},
      {std::string("a\0b.example", 11), nullptr},
      {"\xff\xfe.example", nullptr},
      {"a;b.example", nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto name = DomainName::parse(row.text);
    if (row.key == nullptr) {
      CHECK_FALSE(name.has_value());
    } else {
      REQUIRE(name.has_value());
      CHECK(name->key() == row.key);
    }
  }
  CHECK(DomainName::parse(std::string(63, 'a') + ".example").has_value());
  CHECK_FALSE(DomainName::parse(std::string(64, 'a') + ".example").has_value());
  std::string longest;
  while (longest.size() < 252) longest += "a.";
  CHECK(DomainName::parse(longest + "b").has_value());
  CHECK_FALSE(DomainName::parse(longest + "a.b").has_value());
}

TEST_CASE("a name keeps its spelling and is compared without it") {
  const auto spelled = DomainName::parse("WwW.ShOp.ExAmPlE");
  const auto plain = DomainName::parse("www.shop.example");
  REQUIRE((spelled && plain));
  CHECK(*spelled == *plain);
  CHECK(spelled->spelling() == "WwW.ShOp.ExAmPlE");
  CHECK(spelled->lower().spelling() == "www.shop.example");
}

TEST_CASE("a wildcard means names below it only") {
  const auto pattern = DomainName::parse_pattern("*.example.com");
  REQUIRE(pattern);
  CHECK(pattern->is_wildcard());
  CHECK(pattern->matches(*DomainName::parse("api.example.com")));
  CHECK(pattern->matches(*DomainName::parse("a.b.EXAMPLE.com")));
  CHECK_FALSE(pattern->matches(*DomainName::parse("example.com")));
  CHECK_FALSE(pattern->matches(*DomainName::parse("badexample.com")));
  CHECK_FALSE(DomainName::parse_pattern("*.*.example.com"));
  CHECK_FALSE(DomainName::parse_pattern("a.*.example.com"));
  CHECK_FALSE(DomainName::parse_pattern("*."));
}
