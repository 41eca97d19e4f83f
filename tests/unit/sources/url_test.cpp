#include <doctest/doctest.h>
#include <fmt/core.h>

#include <string>

#include "sources/agent/claims.h"

using namespace egressc;
using namespace egressc::sources;

namespace {

std::string text_of(const std::optional<Endpoint>& endpoint) {
  if (!endpoint) return "-";
  return fmt::format("{}{} {}", endpoint->host, endpoint->address ? to_string(*endpoint->address) : "", endpoint->port);
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

}  // namespace

TEST_CASE("a URL goes to its host, at the port that it names or its scheme has") {
  for (const auto& item : {
           Case{"https://api.example/", "api.example 443"},
           {"HTTP://api.example", "api.example 80"},
           {"https://api.example:8443/v1?q=a:b@c#d", "api.example 8443"},
           {"https://api.example:/", "api.example 443"},
           {"https://api.example?q=https://other.example", "api.example 443"},
           {"https://api.example#@other.example", "api.example 443"},
           {"wss://api.example/ws", "api.example 443"},
           {"ws://api.example/ws", "api.example 80"},
           {"ftp://api.example/", "api.example 21"},
           {"ssh://git@git.example/repo", "git.example 22"},
           {"git://git.example/repo", "git.example 9418"},
           {"git+https://git.example/repo", "git.example 443"},
           {"git+ssh://git@git.example/repo", "git.example 22"},
           {"postgres://u:p@db.example/x", "db.example 5432"},
           {"postgresql+psycopg2://u:p@db.example/x", "db.example 5432"},
           {"mysql://db.example/x", "db.example 3306"},
           {"redis://:secret@cache/0", "cache 6379"},
           {"amqp://mq.example", "mq.example 5672"},
           {"mongodb://db.example/x", "db.example 27017"},
           {"ldap://dir.example", "dir.example 389"},
           {"ldaps://dir.example", "dir.example 636"},
           {"smtp://mail.example", "mail.example 25"},
           {"dns://198.51.100.53", "198.51.100.53 53"},
           {"custom://api.example:7000", "api.example 7000"},
           {"https://[2001:db8::1]/", "2001:db8::1 443"},
           {"https://[2001:db8::1]:8443/", "2001:db8::1 8443"},
           {"https://[::ffff:198.51.100.7]/", "198.51.100.7 443"},
           {"https://bücher.example/", "bücher.example 443"},
           {"https://0x7f.1/", "127.0.0.1 443"},
           {"https://0x7f000001:8443/", "127.0.0.1 8443"},
           {"https://2130706433/", "127.0.0.1 443"},
           {"https://127.1./", "127.0.0.1 443"},
           {"https://0177.0.0.1/", "127.0.0.1 443"},
       })
    CHECK_MESSAGE(text_of(parse_url(item.text)) == item.expected, item.text);
}

TEST_CASE("userinfo is all up to the last @ of the authority") {
  for (const auto& item : {
           Case{"https://203.0.113.61@203.0.113.208:443/", "203.0.113.208 443"},
           {"https://a.example:443@203.0.113.208/", "203.0.113.208 443"},
           {"https://a.example@b.example@c.example/", "c.example 443"},
           {"https://a.example/@c.example/", "a.example 443"},
           {"https://@a.example/", "a.example 443"},
       })
    CHECK_MESSAGE(text_of(parse_url(item.text)) == item.expected, item.text);
}

TEST_CASE("what two URL parsers could read differently is no URL") {
  for (const std::string_view text : {
           "",
           "://",
           "https://",
           "https:///path",
           "https://:443/",
           "https://user@/",
           "//api.example/",
           "api.example/",
           "1https://api.example/",
           "ht tp://api.example/",
           "custom://api.example/",
           "mongodb+srv://db.example/",
           "https://api.example:0/",
           "https://api.example:65536/",
           "https://api.example:123456/",
           "https://api.example:44x/",
           "https://api.example:-1/",
           "https://api.example:+443/",
           "https://api.example\\@other.example/",
           "https://other.example\\.api.example/",
           "https://api%2eexample/",
           "https://api example/",
           "https://api\texample/",
           "https://api.example\r/",
           "https://api\x01.example/",
           "https://0x7f.1.2.3.4/",
           "https://0x17f000001/",
           "https://4294967296/",
           "https://127.16777216/",
           "https://0178.0.0.1/",
           "https://198.51.100.256/",
           "https://[2001:db8::1",
           "https://[2001:db8::1]x/",
           "https://[198.51.100.7]/",
           "https://[fe80::1%25eth0]/",
           "https://2001:db8::1/",
           "https://a.example,b.example/",
           "https://api.example:443:443/",
       })
    CHECK_MESSAGE(text_of(parse_url(text)) == "-", text);
  CHECK(text_of(parse_url(std::string_view("https://a\0b/", 12))) == "-");
}

TEST_CASE("a host with or without a port") {
  for (const auto& item : {
           Case{"api.example", "api.example 0"},
           {"api.example:443", "api.example 443"},
           {"redis:6379", "redis 6379"},
           {"198.51.100.1", "198.51.100.1 0"},
           {"198.51.100.1:443", "198.51.100.1 443"},
           {"2001:db8::1", "2001:db8::1 0"},
           {"[2001:db8::1]", "2001:db8::1 0"},
           {"[2001:db8::1]:443", "2001:db8::1 443"},
           {"", "-"},
           {":443", "-"},
           {"api.example:", "-"},
           {"api.example:https", "-"},
           {"api.example:70000", "-"},
           {"0.0.0.0/0", "-"},
           {"203.0.113.61; accept", "-"},
           {"198.51.100.256", "-"},
           {"198.51.100", "-"},
           {"0xc6336401", "-"},
           {"[]:443", "-"},
           {"[", "-"},
           {"fe80::1%eth0", "-"},
           {"a:b:c", "-"},
       })
    CHECK_MESSAGE(text_of(parse_host_port(item.text)) == item.expected, item.text);
  CHECK(text_of(parse_host_port(std::string(5000, 'a'))) == "-");
}

TEST_CASE("a URL in running text ends where the text goes on") {
  struct InText {
    std::string_view rest;
    std::string_view expected;
    std::size_t length;
  };
  for (const auto& item : {
           InText{"api.example/v1 -> 200", "api.example 443", 11},
           {"api.example).", "api.example 443", 11},
           {"api.example. Then", "api.example 443", 11},
           {"api.example:8443, and", "api.example 8443", 16},
           {"api.example:", "api.example 443", 11},
           {"api.example'", "api.example 443", 11},
           {"[2001:db8::1]:8443]", "2001:db8::1 8443", 18},
           {"user:a'b(c@203.0.113.208/", "203.0.113.208 443", 24},
           {"a.example,https://b.example", "a.example 443", 9},
           {"a.example\\@b.example", "-", 20},
           {"api%2eexample/", "-", 13},
           {"", "-", 0},
       }) {
    std::size_t taken = 99;
    CHECK_MESSAGE(text_of(parse_url_in_text("https", item.rest, taken)) == item.expected, item.rest);
    CHECK_MESSAGE(taken == item.length, item.rest);
  }
}
