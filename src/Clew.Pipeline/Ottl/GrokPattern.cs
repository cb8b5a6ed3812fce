using System.Globalization;
using System.Text;
using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Ottl;

/// <summary>Regular expressions with named parts: <c>%{NUMBER:duration:double}</c>.</summary>
internal sealed class GrokPattern
{
    private const int MaxDepth = 30;

    private static readonly Dictionary<string, string> s_known = new()
    {
        ["WORD"] = @"\b\w+\b", ["NOTSPACE"] = @"\S+", ["SPACE"] = @"\s*", ["DATA"] = ".*?", ["GREEDYDATA"] = ".*", ["INT"] = "[+-]?(?:[0-9]+)",
        ["BASE10NUM"] = @"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)", ["NUMBER"] = "%{BASE10NUM}", ["BASE16NUM"] = "[+-]?(?:0x)?[0-9A-Fa-f]+",
        ["BASE16FLOAT"] = @"\b[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)\b", ["POSINT"] = @"\b[1-9][0-9]*\b", ["NONNEGINT"] = @"\b[0-9]+\b",
        ["BOOL"] = "true|false", ["QUOTEDSTRING"] = @"""(?:\\.|[^\\""])*""|'(?:\\.|[^\\'])*'", ["QS"] = "%{QUOTEDSTRING}",
        ["UUID"] = "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}", ["URN"] = @"urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#-]+",
        ["USERNAME"] = "[a-zA-Z0-9._-]+", ["USER"] = "%{USERNAME}", ["EMAILLOCALPART"] = @"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+)*",
        ["EMAILADDRESS"] = "%{EMAILLOCALPART}@%{HOSTNAME}",
        ["IPV4"] = @"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})",
        ["IPV6"] = @"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?", ["IP"] = "%{IPV6}|%{IPV4}",
        ["HOSTNAME"] = @"\b[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*\.?", ["HOST"] = "%{HOSTNAME}", ["IPORHOST"] = "%{IP}|%{HOSTNAME}",
        ["HOSTPORT"] = "%{IPORHOST}:%{POSINT}", ["MAC"] = "(?:[A-Fa-f0-9]{2}[:-]){5}[A-Fa-f0-9]{2}|(?:[A-Fa-f0-9]{4}\\.){2}[A-Fa-f0-9]{4}",
        ["UNIXPATH"] = @"(?:/[\w_%!$@:.,+~-]*)+", ["WINPATH"] = @"(?:[A-Za-z]+:|\\)(?:\\[^\\?*]*)+", ["PATH"] = "%{UNIXPATH}|%{WINPATH}", ["URIPROTO"] = @"[A-Za-z]+(?:\+[A-Za-z+]+)?",
        ["URIHOST"] = "%{IPORHOST}(?::%{POSINT})?", ["URIPATH"] = @"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\-]*)+", ["URIPARAM"] = @"\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]<>]*",
        ["URIPATHPARAM"] = "%{URIPATH}(?:%{URIPARAM})?", ["URI"] = "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?",
        ["MONTH"] = @"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b",
        ["MONTHNUM"] = "0?[1-9]|1[0-2]", ["MONTHNUM2"] = "0[1-9]|1[0-2]", ["MONTHDAY"] = "(?:0[1-9]|[12][0-9]|3[01]|[1-9])",
        ["DAY"] = "Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?", ["YEAR"] = "[0-9]{4}|[0-9]{2}", ["HOUR"] = "2[0123]|[01]?[0-9]",
        ["MINUTE"] = "[0-5][0-9]", ["SECOND"] = "(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?", ["TIME"] = "%{HOUR}:%{MINUTE}(?::%{SECOND})?", ["DATE_US"] = "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
        ["DATE_EU"] = "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}", ["DATE"] = "%{DATE_US}|%{DATE_EU}", ["ISO8601_TIMEZONE"] = "Z|[+-]%{HOUR}(?::?%{MINUTE})", ["ISO8601_SECOND"] = "%{SECOND}",
        ["TIMESTAMP_ISO8601"] = "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?(?:%{ISO8601_TIMEZONE})?", ["DATESTAMP"] = "%{DATE}[- ]%{TIME}", ["TZ"] = "[A-Z]{3}",
        ["DATESTAMP_RFC822"] = "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}", ["DATESTAMP_OTHER"] = "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
        ["SYSLOGTIMESTAMP"] = "%{MONTH} +%{MONTHDAY} %{TIME}", ["PROG"] = @"[\x21-\x5a\x5c\x5e-\x7e]+", ["SYSLOGPROG"] = @"%{PROG:process.name}(?:\[%{POSINT:process.pid:int}\])?",
        ["SYSLOGHOST"] = "%{IPORHOST}", ["HTTPDATE"] = "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
        ["LOGLEVEL"] = "(?i:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?)",
        ["COMMONAPACHELOG"] = @"%{IPORHOST:source.address} %{USER:apache.access.user.identity} %{USER:user.name} \[%{HTTPDATE:timestamp}\] ""(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA})"" %{NUMBER:http.response.status_code:int} (?:%{NUMBER:http.response.body.size:int}|-)",
        ["COMBINEDAPACHELOG"] = @"%{COMMONAPACHELOG} %{QS:http.request.referrer} %{QS:user_agent.original}",
        ["JAVACLASS"] = @"(?:[a-zA-Z$_][a-zA-Z$_0-9]*\.)*[a-zA-Z$_][a-zA-Z$_0-9]*", ["JAVAFILE"] = @"[a-zA-Z$_0-9. -]+", ["AWS_REGION"] = "[a-z]{2}-[a-z]+-[0-9]",
    };

    private readonly GoRegex _regex;
    private readonly Dictionary<string, string> _types;

    private GrokPattern(GoRegex regex, Dictionary<string, string> types) => (_regex, _types) = (regex, types);

    public static GrokPattern Parse(string pattern, bool namedOnly, IReadOnlyDictionary<string, string> definitions)
    {
        var types = new Dictionary<string, string>();
        var text = Expand(pattern, namedOnly, definitions, types, 0);
        return new GrokPattern(GoRegex.Parse(text), types);
    }

    public AttributeMap Extract(string text)
    {
        var map = new AttributeMap();
        foreach (var (name, value) in _regex.Groups(text) ?? [])
        {
            if (value.Length > 0)
            {
                map.Set(name, Typed(value, _types.GetValueOrDefault(name)));
            }
        }

        return map;
    }

    private static object Typed(string value, string? type) => type switch
    {
        "int" or "long" when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        "double" or "float" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        "bool" or "boolean" when bool.TryParse(value, out var flag) => flag,
        _ => value,
    };

    private static string Expand(string pattern, bool namedOnly, IReadOnlyDictionary<string, string> definitions, Dictionary<string, string> types, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new ArgumentException("a pattern contains itself");
        }

        var result = new StringBuilder();
        for (var i = 0; i < pattern.Length;)
        {
            var end = pattern.AsSpan(i).StartsWith("%{") ? pattern.IndexOf('}', i) : -1;
            if (end < 0)
            {
                result.Append(pattern[i++]);
                continue;
            }

            var parts = pattern[(i + 2)..end].Split(':');
            if (!definitions.TryGetValue(parts[0], out var inner) && !s_known.TryGetValue(parts[0], out inner))
            {
                throw new ArgumentException($"'{parts[0]}' is no known pattern");
            }

            var name = parts.Length > 1 && parts[1].Length > 0 ? parts[1] : namedOnly ? null : parts[0];
            if (parts.Length > 2)
            {
                types[parts[1]] = parts[2].ToLowerInvariant();
            }

            result.Append(name is null ? "(?:" : $"(?P<{name}>").Append(Expand(inner, namedOnly, definitions, types, depth + 1)).Append(')');
            i = end + 1;
        }

        return result.ToString();
    }
}
