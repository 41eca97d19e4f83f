#include <doctest/doctest.h>

#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

Grant grant(std::string_view name, std::string_view to, std::string_view service = "tcp/443") {
  Grant made;
  made.names = {*DomainName::parse_pattern(name)};
  made.addresses = {*parse_prefix(to)};
  made.services = {*parse_service(service)};
  made.evidence.seen = 1;
  return made;
}

Policy four(std::string_view parent) {
  Policy policy;
  policy.subjects.push_back({"a", {{1001, 1001}}, {}, "", {}, {}, {}});
  for (const char* label : {"d", "a", "c", "b"})
    policy.subjects[0].allow.push_back(grant(std::string(label) + "." + std::string(parent), "192.0.2.1"));
  return policy;
}

}  // namespace

TEST_CASE("siblings become a wildcard that opens what they opened") {
  Policy policy = four("cdn.example.com");
  policy.subjects[0].allow.push_back(grant("a.cdn.example.com", "192.0.2.2", "tcp/80"));
  policy.subjects[0].allow.push_back(grant("www.example.com", "192.0.2.3"));
  policy.subjects[0].allow[1].addresses.push_back(*parse_prefix("192.0.2.9"));
  const auto done = generalize(policy, 4);
  REQUIRE(done.size() == 1);
  CHECK(done[0].subject == "a");
  CHECK(done[0].pattern.key() == "*.cdn.example.com");
  REQUIRE(done[0].names.size() == 4);
  CHECK(done[0].names[0].key() == "a.cdn.example.com");
  CHECK(describe(policy) ==
        "a: *.cdn.example.com tcp/443 @192.0.2.1 @192.0.2.9; a.cdn.example.com tcp/80 @192.0.2.2; "
        "www.example.com tcp/443 @192.0.2.3;\n");
  CHECK(policy.subjects[0].allow[0].evidence.seen == 4);
  CHECK(generalize(policy, 2).empty());
}

TEST_CASE("a wildcard that is not permitted") {
  Policy policy = four("cdn.example.com");
  const auto no = [](const Subject& subject, const Grant& grant) {
    CHECK(subject.label == "a");
    CHECK(describe(grant) == "*.cdn.example.com tcp/443 @192.0.2.1 @192.0.2.1 @192.0.2.1 @192.0.2.1");
    return false;
  };
  CHECK(generalize(policy, 4, no).empty());
  CHECK(policy.subjects[0].allow.size() == 4);
  CHECK(policy.subjects[0].allow[0].evidence.seen == 1);
}

TEST_CASE("names of different customers of one provider never become a wildcard") {
  for (const char* parent :
       {// hosting
        "vercel.app", "netlify.app", "pages.dev", "workers.dev", "herokuapp.com", "onrender.com", "fly.dev",
        "up.railway.app", "web.app", "firebaseapp.com", "a.run.app", "appspot.com", "azurewebsites.net",
        "azurestaticapps.net", "cloudapp.azure.com", "elasticbeanstalk.com", "amplifyapp.com", "ondigitalocean.app",
        "deno.dev", "replit.app", "surge.sh", "gitlab.io", "readthedocs.io", "hf.space", "streamlit.app",
        "wordpress.com", "blogspot.com", "wixsite.com", "webflow.io", "squarespace.com", "myshopify.com", "notion.site",
        "wpengine.com", "pantheonsite.io", "koyeb.app", "lovable.app", "bolt.host", "supabase.co", "convex.cloud",
        // sign-in
        "auth0.com", "eu.auth0.com", "okta.com", "oktapreview.com", "onelogin.com", "b2clogin.com", "ciamlogin.com",
        "auth.eu-west-1.amazoncognito.com", "clerk.accounts.dev", "frontegg.com", "duosecurity.com",
        "cloudflareaccess.com",
        // tunnels
        "ngrok.io", "eu.ngrok.io", "ngrok-free.app", "trycloudflare.com", "loca.lt", "lhr.life", "serveo.net",
        "a.free.pinggy.link", "ts.net", "devtunnels.ms", "euw.devtunnels.ms", "app.github.dev", "share.zrok.io",
        "loclx.io", "at.ply.gg", "tunnelmole.net",
        // business software and data services
        "atlassian.net", "zendesk.com", "freshdesk.com", "slack.com", "my.salesforce.com", "lightning.force.com",
        "service-now.com", "sharepoint.com", "crm4.dynamics.com", "myworkdayjobs.com", "zoom.us", "bamboohr.com",
        "snowflakecomputing.com", "eu-central-1.snowflakecomputing.com", "cloud.databricks.com", "azuredatabricks.net",
        "mongodb.net", "eu-west-1.aws.found.io", "us-east-2.aws.neon.tech", "ingest.sentry.io", "grafana.net",
        "openai.azure.com", "vault.azure.net", "azurecr.io", "database.windows.net", "algolia.net", "jfrog.io",
        "eu-west-1.rds.amazonaws.com", "eu-west-1.es.amazonaws.com", "sendgrid.net"}) {
    CAPTURE(parent);
    Policy policy = four(parent);
    CHECK(generalize(policy, 4).empty());
  }
}

TEST_CASE("what stays as it is") {
  const auto stays = [](Policy policy, std::size_t least) {
    normalize(policy);
    const std::string before = describe(policy);
    return generalize(policy, least).empty() && describe(policy) == before;
  };
  CHECK(stays(four("cdn.example.com"), 5));
  CHECK_FALSE(stays(four("cdn.example.com"), 4));
  CHECK_FALSE(stays(four("cdn.example.com"), 2));
  // Others have names there too: a registry, an app platform, an object store, and what has one below.
  for (const char* parent : {"co.uk", "com", "github.io", "s3.amazonaws.com", "windows.net", "lan"}) {
    CAPTURE(parent);
    CHECK(stays(four(parent), 4));
  }
  CHECK_FALSE(stays(four("bucket.s3.amazonaws.com"), 4));
  Policy live = four("cdn.example.com");
  live.subjects[0].allow[0].live = true;
  CHECK(stays(live, 4));
  Policy commented = four("cdn.example.com");
  commented.subjects[0].allow[0].comment = "mine";
  CHECK(stays(commented, 4));
  Policy ambiguous = four("cdn.example.com");
  ambiguous.subjects[0].allow[0].names.push_back(*DomainName::parse("other.example.com"));
  CHECK(stays(ambiguous, 4));
  Policy other = four("cdn.example.com");
  other.subjects[0].allow[0].services = {*parse_service("udp/443")};
  CHECK(stays(other, 4));
}
