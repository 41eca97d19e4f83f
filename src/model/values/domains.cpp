#include "model/values/domains.h"

#include <libpsl.h>

#include <algorithm>
#include <vector>

#include "model/words/text.h"

namespace egressc::model {
namespace {

struct ProviderGroup {
  Sharing sharing;
  std::string_view domains;  // parted by blanks
};

// What the public suffix list lacks, and what it is not about: hosts that serve many parties by path, and services of
// which each customer has a name but no page. Each block names whose documentation says which names the provider uses;
// as of 2026-12. A label before a provider's domain is a region where customers are below that.
constexpr ProviderGroup provider_groups[] = {
    // docs.aws.amazon.com/general/latest/gr/s3.html, .../apigateway.html, .../lambda-urls.html, .../elb.html
    {Sharing::store,
     "s3.amazonaws.com s3.*.amazonaws.com s3.dualstack.*.amazonaws.com s3-accelerate.amazonaws.com "
     "s3-accelerate.dualstack.amazonaws.com s3-accesspoint.*.amazonaws.com s3-website.*.amazonaws.com "
     "s3-website-us-east-1.amazonaws.com s3-website-us-west-1.amazonaws.com s3-website-us-west-2.amazonaws.com "
     "s3-website-eu-west-1.amazonaws.com s3-us-west-1.amazonaws.com s3-us-west-2.amazonaws.com "
     "s3-eu-west-1.amazonaws.com s3.*.amazonaws.com.cn"},
    {Sharing::customers,
     "execute-api.*.amazonaws.com elb.*.amazonaws.com *.elb.amazonaws.com compute.amazonaws.com "
     "*.compute.amazonaws.com compute-1.amazonaws.com sqs.*.amazonaws.com lambda-url.*.on.aws amplifyapp.com "
     "awsapprunner.com *.awsapprunner.com elasticbeanstalk.com *.elasticbeanstalk.com appsync-api.*.amazonaws.com "
     "dkr.ecr.*.amazonaws.com es.*.amazonaws.com *.es.amazonaws.com aoss.*.amazonaws.com *.aoss.amazonaws.com "
     "iot.*.amazonaws.com *.vpce.amazonaws.com *.redshift.amazonaws.com *.cache.amazonaws.com mq.*.amazonaws.com "
     "transfer.*.amazonaws.com awsapps.com auth.*.amazoncognito.com"},
    {Sharing::delivery, "cloudfront.net awsglobalaccelerator.com"},
    // learn.microsoft.com/azure/storage/common/storage-account-overview, .../app-service, .../frontdoor
    {Sharing::store,
     "blob.core.windows.net dfs.core.windows.net file.core.windows.net queue.core.windows.net "
     "table.core.windows.net web.core.windows.net blob.storage.azure.net *.blob.storage.azure.net sharepoint.com"},
    {Sharing::customers,
     "azurewebsites.net *.azurewebsites.net azurestaticapps.net *.azurestaticapps.net azurecontainerapps.io "
     "*.azurecontainerapps.io *.azurecontainer.io cloudapp.net cloudapp.azure.com *.cloudapp.azure.com "
     "azure-api.net servicebus.windows.net database.windows.net search.windows.net vault.azure.net azurecr.io "
     "documents.azure.com mongo.cosmos.azure.com openai.azure.com cognitiveservices.azure.com "
     "services.ai.azure.com inference.ml.azure.com *.inference.ml.azure.com redis.cache.windows.net "
     "postgres.database.azure.com mysql.database.azure.com azure-devices.net service.signalr.net "
     "webpubsub.azure.com *.logic.azure.com azuredatabricks.net *.azuredatabricks.net azmk8s.io *.azmk8s.io "
     "visualstudio.com onmicrosoft.com b2clogin.com ciamlogin.com dynamics.com *.dynamics.com powerappsportals.com"},
    {Sharing::delivery, "azureedge.net azurefd.net trafficmanager.net"},
    {Sharing::tunnel, "devtunnels.ms *.devtunnels.ms"},
    // cloud.google.com/storage/docs/request-endpoints, cloud.google.com/run, firebase.google.com/docs/hosting
    {Sharing::store,
     "storage.googleapis.com storage.cloud.google.com firebasestorage.googleapis.com firebasestorage.app "
     "firebaseio.com firebasedatabase.app"},
    {Sharing::customers,
     "appspot.com cloudfunctions.net run.app *.run.app web.app firebaseapp.com hosted.app *.hosted.app "
     "googleusercontent.com script.google.com gateway.dev *.gateway.dev blogspot.com"},
    // developers.cloudflare.com: workers, pages, r2, cloudflare-one/connections/connect-networks
    {Sharing::customers, "workers.dev pages.dev cloudflareaccess.com cloudflare-gateway.com"},
    {Sharing::store, "r2.dev r2.cloudflarestorage.com *.r2.cloudflarestorage.com"},
    {Sharing::delivery, "cdn.cloudflare.net"},
    {Sharing::tunnel, "trycloudflare.com cfargotunnel.com"},
    // docs.digitalocean.com/products/spaces, backblaze.com/docs, docs.wasabi.com, docs.oracle.com (object storage),
    // scaleway.com/docs, docs.hetzner.com/storage/object-storage, techdocs.akamai.com/cloud-computing, docs.ovh.com,
    // alibabacloud.com/help/oss, cloud.tencent.com (cos)
    {Sharing::store,
     "digitaloceanspaces.com *.digitaloceanspaces.com *.cdn.digitaloceanspaces.com backblazeb2.com "
     "s3.*.backblazeb2.com wasabisys.com s3.wasabisys.com s3.*.wasabisys.com objectstorage.*.oraclecloud.com "
     "compat.objectstorage.*.oraclecloud.com s3.*.scw.cloud your-objectstorage.com *.your-objectstorage.com "
     "linodeobjects.com *.linodeobjects.com vultrobjects.com *.vultrobjects.com s3.*.io.cloud.ovh.net "
     "storage.yandexcloud.net bcebos.com *.bcebos.com cos.*.myqcloud.com idrivee2.com storjshare.io filebase.io "
     "t3.storage.dev fly.storage.tigris.dev public.blob.vercel-storage.com dropboxusercontent.com"},
    {Sharing::customers,
     "ondigitalocean.app aliyuncs.com *.aliyuncs.com fc.aliyuncs.com myqcloud.com tcloudbaseapp.com "
     "appdomain.cloud *.appdomain.cloud mybluemix.net oraclecloudapps.com *.oraclecloudapps.com yandexcloud.net "
     "hana.ondemand.com *.hana.ondemand.com cfapps.*.hana.ondemand.com your-server.de"},
    // Gateways that serve whatever somebody has put there: docs.ipfs.tech/concepts/public-utilities, docs.pinata.cloud
    {Sharing::store,
     "ipfs.io dweb.link ipfs.dweb.link w3s.link ipfs.w3s.link nftstorage.link mypinata.cloud arweave.net"},
    // The platforms' own documentation of the names that they give to customers.
    {Sharing::customers,
     "github.io githubusercontent.com gitlab.io vercel.app now.sh netlify.app herokuapp.com herokussl.com fly.dev "
     "onrender.com up.railway.app deno.dev deno.net glitch.me repl.co replit.app replit.dev surge.sh supabase.co "
     "supabase.in hf.space endpoints.huggingface.cloud *.endpoints.huggingface.cloud gradio.live streamlit.app "
     "streamlitapp.com pythonanywhere.com eu.pythonanywhere.com myshopify.com koyeb.app code.run zeabur.app "
     "cyclic.app platformsh.site platform.sh *.platform.sh pantheonsite.io acquia-sites.com wpengine.com "
     "wpenginepowered.com kinsta.cloud kinsta.app cloudwaysapps.com hostingersite.com 000webhostapp.com epizy.com "
     "rf.gd neocities.org tiiny.site tiiny.co modal.run replicate.delivery anvil.app val.run hasura.app nhost.run "
     "nhost.app back4app.io b4a.run b4a.app appwrite.global convex.cloud convex.site cleverapps.io scalingo.io "
     "alwaysdata.net stackblitz.io webcontainer.io csb.app codesandbox.io gitpod.io lovable.app bolt.host "
     "base44.app v0.build twil.io netlify.com *.gitpod.io app.beam.cloud infinityfreeapp.com x10host.com "
     "app.n8n.cloud n8n.cloud retool.app zapier.app mendixcloud.com outsystemscloud.com outsystems.app v0.app"},
    {Sharing::tunnel, "app.github.dev github.dev preview.app.github.dev githubpreview.dev"},
    // Sites and shops that are built on a page, each under a name of its own: help pages of the builders
    {Sharing::customers,
     "wordpress.com wixsite.com wixstudio.com webflow.io weebly.com squarespace.com tumblr.com ghost.io "
     "substack.com medium.com notion.site gitbook.io readthedocs.io readthedocs-hosted.com readme.io bubbleapps.io "
     "mybigcommerce.com bigcartel.com carrd.co strikingly.com mystrikingly.com jimdosite.com jimdofree.com "
     "godaddysites.com framer.app framer.website framer.ai softr.app glide.page retool.com typeform.com "
     "hs-sites.com hubspotpagebuilder.com bitbucket.io livejournal.com bandcamp.com weeblysite.com "
     "wpcomstaging.com shopifypreview.com hashnode.dev super.site write.as notion.so unbouncepages.com "
     "clickfunnels.com mykajabi.com teachable.com thinkific.com podia.com jotform.com mintlify.app zohosites.com"},
    // Sign-in: auth0.com/docs, developer.okta.com, developers.onelogin.com, docs.pingidentity.com, clerk.com/docs,
    // docs.frontegg.com, kinde.com/docs, duo.com/docs
    {Sharing::customers,
     "auth0.com us.auth0.com us-3.auth0.com us-4.auth0.com us-5.auth0.com eu.auth0.com eu-2.auth0.com uk.auth0.com "
     "au.auth0.com jp.auth0.com ca.auth0.com auth0app.com okta.com oktapreview.com okta-emea.com okta-gov.com "
     "trexcloud.com onelogin.com forgeblocks.com clerk.accounts.dev accounts.dev frontegg.com us.frontegg.com "
     "kinde.com propelauthtest.com logto.app fusionauth.io duosecurity.com"},
    // Business software with a name for each customer: the vendors' administration guides
    {Sharing::customers,
     "atlassian.net jira.com zendesk.com freshdesk.com freshservice.com slack.com zoom.us webex.com "
     "my.salesforce.com *.my.salesforce.com lightning.force.com force.com *.force.com my.site.com "
     "salesforce-sites.com cloudforce.com service-now.com myworkday.com workday.com *.workday.com "
     "myworkdayjobs.com *.myworkdayjobs.com netsuite.com app.netsuite.com suitetalk.api.netsuite.com "
     "restlets.api.netsuite.com extforms.netsuite.com app.box.com egnyte.com sharefile.com bamboohr.com "
     "workable.com pipedrive.com monday.com teamwork.com statuspage.io instatus.com intercom.help "
     "helpscoutdocs.com uservoice.com zulipchat.com ems.host discordsays.com list-manage.com createsend.com "
     "sendgrid.net ct.sendgrid.net mailgun.org servicenowservices.com quickbase.com caspio.com knack.com "
     "betteruptime.com twingate.com perimeter81.com openvpn.com"},
    // Databases, search, queues and telemetry with a name for each customer: the vendors' documentation of endpoints
    {Sharing::customers,
     "snowflakecomputing.com *.snowflakecomputing.com cloud.databricks.com gcp.databricks.com *.gcp.databricks.com "
     "mongodb.net data.mongodb-api.com *.data.mongodb-api.com cloud.es.io found.io *.aws.found.io "
     "*.gcp.cloud.es.io upstash.io *.aws.neon.tech *.azure.neon.tech *.aws.confluent.cloud *.gcp.confluent.cloud "
     "*.azure.confluent.cloud *.aws.clickhouse.cloud *.gcp.clickhouse.cloud *.azure.clickhouse.cloud "
     "*.vectordb.zillizcloud.com *.*.ec2.redns.redis-cloud.com *.*.gce.redns.redis-cloud.com "
     "*.*.azure.redns.redis-cloud.com *.*.ec2.cloud.redislabs.com *.*.gce.cloud.redislabs.com connect.psdb.cloud "
     "*.aws.elastic-cloud.com *.gcp.elastic-cloud.com *.azure.elastic-cloud.com *.aws.snowflakecomputing.com "
     "*.azure.snowflakecomputing.com *.gcp.snowflakecomputing.com turso.io *.turso.io aivencloud.com "
     "*.aivencloud.com confluent.cloud cockroachlabs.cloud *.cockroachlabs.cloud cloud.qdrant.io *.cloud.qdrant.io "
     "svc.pinecone.io svc.*.pinecone.io weaviate.cloud weaviate.network apps.astra.datastax.com rmq.cloudamqp.com "
     "hivemq.cloud *.hivemq.cloud emqxsl.com *.emqxsl.com algolia.net algolianet.com sentry.io ingest.sentry.io "
     "ingest.*.sentry.io splunkcloud.com grafana.net live.dynatrace.com apps.dynatrace.com api.sanity.io "
     "apicdn.sanity.io sanity.studio cdn.prismic.io jfrog.io cloudsmith.io fury.io"},
    // Delivery networks: docs.fastly.com, techdocs.akamai.com, bunny.net/docs
    {Sharing::delivery,
     "fastly.net global.ssl.fastly.net freetls.fastly.net map.fastly.net fastlylb.net akamaized.net akamaihd.net "
     "akamai.net *.akamai.net akamaiedge.net *.akamaiedge.net akadns.net edgekey.net edgesuite.net b-cdn.net "
     "jsdelivr.net cdn77.org kxcdn.com stackpathcdn.com stackpathdns.com gcdn.co cachefly.net imgix.net llnwd.net "
     "edgecastcdn.net incapdns.net *.incapdns.net impervadns.net hwcdn.net netdna-cdn.com netdna-ssl.com "
     "edgio.link"},
    // Tunnels: ngrok.com/docs, localtunnel.me, localhost.run/docs, serveo.net, pinggy.io/docs, tailscale.com/kb/1223,
    // localxpose.io/docs, docs.zrok.io, playit.gg, packetriot.com/docs, expose.dev/docs, tunnelmole.com/docs
    {Sharing::tunnel,
     "ngrok.io us.ngrok.io eu.ngrok.io ap.ngrok.io au.ngrok.io sa.ngrok.io jp.ngrok.io in.ngrok.io ngrok.app "
     "ngrok.dev ngrok.com ngrok-free.app ngrok-free.dev ngrok.pizza ngrok.pro localtunnel.me loca.lt localhost.run "
     "lhr.life lhr.rocks serveo.net serveousercontent.com pinggy.io pinggy.link a.pinggy.link free.pinggy.link "
     "a.free.pinggy.link *.free.pinggy.link bore.pub pagekite.me ts.net *.c.ts.net loclx.io localto.net "
     "*.localto.net localtonet.com share.zrok.io ply.gg *.at.ply.gg joinmc.link playit.plus packetriot.net "
     "*.packetriot.net tunnelmole.net tunnelto.dev sharedwithexpose.com telebit.io telebit.app loophole.site "
     "srv.us opentunnel.xyz webhookrelay.com tuns.sh dataplicity.io cpolar.cn cpolar.top natappfree.cc vicp.net "
     "playit.gg zrok.io localxpose.io expose.dev remote.it burrow.io staqlab-tunnel.com inlets.dev"},
    // Zones of freedns.afraid.org in which anybody may have a name
    {Sharing::customers,
     "mooo.com chickenkiller.com us.to strangled.net crabdance.com ignorelist.com jumpingcrab.com "
     "twilightparadox.com"},
    // Paste sites, file drops and webhook catchers: their own front pages; MITRE ATT&CK T1567.002, T1567.003, T1567.004
    {Sharing::drop,
     "pastebin.com paste.ee paste.rs dpaste.com dpaste.org hastebin.com ix.io sprunge.us termbin.com rentry.co "
     "0x0.st transfer.sh file.io gofile.io catbox.moe temp.sh bashupload.com oshi.at tmpfiles.org mega.nz "
     "webhook.site requestbin.com requestbin.net requestcatcher.com pipedream.com m.pipedream.net hookbin.com "
     "beeceptor.com hookdeck.com smee.io ntfy.sh canarytokens.com interact.sh oast.fun oast.live oast.me "
     "oast.online oast.pro oast.site oastify.com burpcollaborator.net dnslog.cn"},
    // Names that spell their address: nip.io, sslip.io, their own front pages
    {Sharing::mirror, "nip.io sslip.io xip.io traefik.me 1u.ms rbndr.us"},
};

// psl_latest() would read a file of the host, and the output would depend on it.

bool is_registry_suffix(const std::string& name) {
  return psl_is_public_suffix2(psl_builtin(), name.c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool is_private_suffix(const std::string& name) {
  return psl_is_public_suffix2(psl_builtin(), name.c_str(), PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE) != 0;
}

std::string_view without_star(const DomainName& name) {
  std::string_view key = name.key();
  if (name.is_wildcard()) key.remove_prefix(2);
  return key;
}

// Drops the last label and gives it out; "" at the end.
std::string_view take_last_label(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view label = dot == name.npos ? name : name.substr(dot + 1);
  name = name.substr(0, dot == name.npos ? 0 : dot);
  return label;
}

std::string_view last_two_labels(std::string_view name) {
  const std::size_t last = name.rfind('.');
  const std::size_t before = last == name.npos || last == 0 ? name.npos : name.rfind('.', last - 1);
  return before == name.npos ? name : name.substr(before + 1);
}

// The end of `name` that `pattern` covers; "" if it does not match.
std::string_view covered_by(std::string_view pattern, std::string_view name) {
  std::string_view rest = name;
  while (!pattern.empty()) {
    if (rest.empty()) return {};
    const std::string_view wanted = take_last_label(pattern);
    const std::string_view found = take_last_label(rest);
    if (wanted != "*" && wanted != found) return {};
  }
  return rest.empty() ? name : name.substr(rest.size() + 1);
}

// By their last two labels, which no pattern leaves open, so that a name is compared with few; in the order of the
// table among those.
std::span<const Provider* const> providers_at(std::string_view two_labels) {
  static const auto sorted = [] {
    std::vector<const Provider*> made;
    for (const Provider& provider : providers()) made.push_back(&provider);
    std::stable_sort(made.begin(), made.end(), [](const Provider* a, const Provider* b) {
      return last_two_labels(a->domain) < last_two_labels(b->domain);
    });
    return made;
  }();
  const auto first = std::lower_bound(
      sorted.begin(), sorted.end(), two_labels,
      [](const Provider* row, std::string_view wanted) { return last_two_labels(row->domain) < wanted; });
  const auto last = std::find_if(first, sorted.end(),
                                 [&](const Provider* row) { return last_two_labels(row->domain) != two_labels; });
  return {first, last};
}

// The labels of `pattern` before the end of it that covers all of `name`; "" if it is not below.
std::string_view labels_below(std::string_view name, std::string_view pattern) {
  while (!name.empty()) {
    const std::string_view wanted = take_last_label(pattern);
    const std::string_view found = take_last_label(name);
    if (wanted != "*" && wanted != found) return {};
  }
  return pattern;
}

std::optional<SharedDomain> suffix_of(std::string_view name) {
  for (;;) {
    const std::string suffix(name);
    if (is_private_suffix(suffix)) return SharedDomain{suffix, Sharing::customers};
    if (is_registry_suffix(suffix)) return SharedDomain{suffix, Sharing::registry};
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return std::nullopt;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::span<const Provider> providers() {
  static const auto all = [] {
    std::vector<Provider> made;
    for (auto [sharing, domains] : provider_groups)
      while (!domains.empty()) made.push_back({take_word(domains), sharing});
    for (std::string_view suffixes = private_suffixes(); !suffixes.empty();)
      made.push_back({take_word(suffixes), Sharing::customers});
    return made;
  }();
  return all;
}

}  // namespace egressc::model

namespace egressc {

std::string_view describe(Sharing sharing) {
  constexpr std::string_view words[] = {"a registry's suffix",
                                        "a platform of many customers",
                                        "an object store",
                                        "a content delivery network",
                                        "a tunnel service",
                                        "a service that takes anybody's data",
                                        "a zone whose names spell their own address"};
  return words[static_cast<std::size_t>(sharing)];
}

std::optional<SharedDomain> shared_domain_of(const DomainName& name) {
  using namespace model;
  const std::string_view key = without_star(name);
  std::string_view longest;
  Sharing sharing = Sharing::registry;
  for (const Provider* row : providers_at(last_two_labels(key))) {
    const std::string_view covered = covered_by(row->domain, key);
    if (covered.size() <= longest.size()) continue;
    longest = covered;
    sharing = row->sharing;
  }
  const auto suffix = suffix_of(key);
  if (longest.empty() || (suffix && suffix->name.size() > longest.size())) return suffix;
  return SharedDomain{std::string(longest), sharing};
}

std::optional<SharedDomain> shared_domain_below(const DomainName& name) {
  using namespace model;
  if (!name.is_wildcard()) return std::nullopt;
  const std::string_view key = without_star(name);
  // A top-level domain is a registry's, and so are the names right below it.
  for (const Provider* row : providers_at(last_two_labels(key)))
    if (const std::string_view labels = labels_below(key, row->domain); !labels.empty())
      return SharedDomain{std::string(labels) + '.' + std::string(key), row->sharing};
  return std::nullopt;
}

}  // namespace egressc
