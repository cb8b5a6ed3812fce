using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Editors() => new()
    {
        ["set"] = new("target, value", static call =>
        {
            var target = call.Target("target");
            var value = call.Any("value").Get;
            return call.Result(OttlTypes.Nil, context =>
            {
                // Nothing is set to nothing: a missing source leaves the target as it is.
                if (value(context) is { } some)
                {
                    target.Set!(context, some);
                }

                return null;
            });
        }),
        ["append"] = new("target, value?, values?", static call =>
        {
            var target = call.Target("target");
            var single = call.Has("value") ? call.Any("value").Get : null;
            var several = call.Has("values") ? call.List("values") : null;
            if (single is null && several is null)
            {
                throw call.Bad("value", "needs 'value' or 'values'");
            }

            return call.Result(OttlTypes.Nil, context =>
            {
                var list = target.Get(context) switch
                {
                    null => new OtlpList(),
                    OtlpList present => new OtlpList(present),
                    var one => new OtlpList([one]),
                };
                if (single is not null)
                {
                    var value = single(context);
                    list.AddRange(value is OtlpList items ? items : [value]);
                }

                list.AddRange(several?.Invoke(context) ?? []);
                target.Set!(context, list);
                return null;
            });
        }),
        ["delete_key"] = EditMap("target, key", static call =>
        {
            var key = call.Text("key");
            return (context, map) => map.Remove(key(context));
        }),
        ["delete_matching_keys"] = EditMap("target, pattern", static call =>
        {
            var pattern = call.Regex("pattern");
            return (context, map) => RemoveWhere(map, key => pattern(context).IsMatch(key));
        }),
        ["keep_matching_keys"] = EditMap("target, pattern", static call =>
        {
            var pattern = call.Regex("pattern");
            return (context, map) => RemoveWhere(map, key => !pattern(context).IsMatch(key));
        }),
        ["keep_keys"] = EditMap("target, keys", static call =>
        {
            var keys = call.Texts("keys");
            return (context, map) =>
            {
                var kept = keys(context);
                return RemoveWhere(map, key => !kept.Contains(key));
            };
        }),
        ["delete_index"] = new("target, start_index, end_index?", static call =>
        {
            var target = call.Target("target");
            var start = call.Int("start_index");
            var end = call.Has("end_index") ? call.Int("end_index") : null;
            return call.Result(OttlTypes.Nil, context =>
            {
                if (target.Get(context) is not OtlpList list)
                {
                    throw call.Wrong("target", "a list", target.Get(context));
                }

                var first = start(context);
                var last = end?.Invoke(context) ?? first + 1;
                if (first < 0 || last > list.Count || first > last || (end is null && first >= list.Count))
                {
                    throw call.Fail($"{first} to {last} is out of bounds of a list of {list.Count}");
                }

                var rest = new OtlpList(list);
                rest.RemoveRange((int)first, (int)(last - first));
                target.Set!(context, rest);
                return null;
            });
        }),
        ["limit"] = EditMap("target, limit, priority_keys", static call =>
        {
            var limit = call.LiteralInt("limit") ?? 0;
            var priority = call.Texts("priority_keys");
            if (limit < 0)
            {
                throw call.Bad("limit", $"'limit' must not be negative, it is {limit}");
            }

            return (context, map) =>
            {
                var kept = priority(context);
                var room = limit - map.Count(entry => kept.Contains(entry.Key));
                var changed = false;
                for (var i = 0; i < map.Count;)
                {
                    if (map.Count > limit && !kept.Contains(map.KeyAt(i)) && room-- <= 0)
                    {
                        map.RemoveAt(i);
                        changed = true;
                    }
                    else
                    {
                        i++;
                    }
                }

                return changed;
            };
        }),
        ["merge_maps"] = EditMap("target, source, strategy", static call =>
        {
            var source = call.Map("source");
            var strategy = call.LiteralText("strategy");
            if (strategy is not ("insert" or "update" or "upsert"))
            {
                throw call.Bad("strategy", $"'strategy' must be insert, update or upsert, not '{strategy}'");
            }

            return (context, map) =>
            {
                foreach (var (key, value) in source(context).ToList())
                {
                    if (strategy == "upsert" || map.Has(key) == (strategy == "update"))
                    {
                        map.Set(key, OtlpValue.Copy(value));
                    }
                }

                return true;
            };
        }),
        ["flatten"] = EditMap("target, prefix?, depth?, resolve_conflicts?", static call =>
        {
            var prefix = call.Text("prefix", "");
            var depth = call.LiteralInt("depth") ?? long.MaxValue;
            var resolve = call.LiteralBool("resolve_conflicts") ?? false;
            return (context, map) =>
            {
                if (depth > 0)
                {
                    map.ReplaceBy(new Flattening(depth, resolve).Run(map, prefix(context)));
                }

                return true;
            };
        }),
        ["replace_match"] = ReplaceOne("pattern", static (call, pattern) =>
        {
            var glob = new GlobPattern(call.LiteralText(pattern)!);
            return (context, text, replacement) => glob.IsMatch(text) ? replacement(context) : null;
        }),
        ["replace_pattern"] = ReplaceOne("regex", static (call, pattern) =>
        {
            var regex = call.Regex(pattern);
            return (context, text, replacement) => Substitute(regex(context), context, text, replacement);
        }),
        ["replace_all_matches"] = EditMap("target, pattern, replacement, function?, replacement_format?", static call =>
        {
            var glob = new GlobPattern(call.LiteralText("pattern")!);
            var replacement = Replacement(call);
            return (context, map) => EditTexts(map, text => glob.IsMatch(text) ? replacement(context) : null);
        }),
        ["replace_all_patterns"] = EditMap("target, mode, regex, replacement, function?, replacement_format?", static call =>
        {
            var mode = call.LiteralText("mode");
            if (mode is not ("key" or "value"))
            {
                throw call.Bad("mode", $"'mode' must be key or value, not '{mode}'");
            }

            var regex = call.Regex("regex");
            var replacement = Replacement(call);
            return (context, map) => mode == "value"
                ? EditTexts(map, text => Substitute(regex(context), context, text, replacement))
                : RenameKeys(map, key => Substitute(regex(context), context, key, replacement));
        }),
        ["stringify_all"] = EditMap("target", static _ => static (_, map) =>
        {
            for (var i = 0; i < map.Count; i++)
            {
                if (map.ValueAt(i) is var value and not string)
                {
                    map.SetAt(i, OtlpValue.ToText(value));
                }
            }

            return true;
        }),
        ["truncate_all"] = EditMap("target, limit, utf8_safe?, truncation_marker?", static call =>
        {
            var limit = call.LiteralInt("limit") ?? 0;
            var marker = call.LiteralText("truncation_marker") ?? "";
            call.LiteralBool("utf8_safe");
            if (limit < 0 || Encoding.UTF8.GetByteCount(marker) > limit)
            {
                throw call.Bad("limit", $"'limit' {limit} must not be negative nor shorter than the marker");
            }

            return (_, map) => EditTexts(map, text => Truncate(text, (int)Math.Min(limit, int.MaxValue), marker));
        }),
        ["set_semconv_span_name"] = new("semconv_version, original_span_name_attribute?", static call =>
        {
            var version = call.LiteralText("semconv_version")!;
            var original = call.LiteralText("original_span_name_attribute");
            if (!Version.TryParse(version, out _))
            {
                throw call.Bad("semconv_version", $"'{version}' is no version of the semantic conventions, such as 1.37.0");
            }

            if (call.Paths.Kind < OttlContextKind.Span)
            {
                throw call.Bad("semconv_version", "works on spans only");
            }

            return call.Result(OttlTypes.Nil, context =>
            {
                if (SemconvSpanName.Of(context.Span) is { } name && name != context.Span.Name)
                {
                    if (!string.IsNullOrEmpty(original))
                    {
                        context.Span.Attributes.Set(original, context.Span.Name);
                    }

                    context.Span.Name = name;
                }

                return null;
            });
        }),
    };

    /// <summary>The replacement of a match, or of a whole text without one.</summary>
    private delegate string Replacer(OttlContext context, GoRegex? regex = null, Match? match = null);

    private delegate string? TextEdit(OttlContext context, string text, Replacer replacement);

    /// <summary>An editor of a map: what it is given answers whether the map was changed.</summary>
    private static OttlFunction EditMap(string parameters, Func<OttlCall, Func<OttlContext, AttributeMap, bool>> make) => new(parameters, call =>
    {
        var (get, set) = call.TargetMap("target");
        var edit = make(call);
        return call.Result(OttlTypes.Nil, context =>
        {
            if (get(context) is { } map && edit(context, map))
            {
                set(context, map);
            }

            return null;
        });
    });

    private static OttlFunction ReplaceOne(string pattern, Func<OttlCall, string, TextEdit> make) => new($"target, {pattern}, replacement, function?, replacement_format?", call =>
    {
        var target = call.Target("target");
        var edit = make(call, pattern);
        var replacement = Replacement(call);
        return call.Result(OttlTypes.Nil, context =>
        {
            if (target.Get(context) is string text && edit(context, text, replacement) is { } changed)
            {
                target.Set!(context, changed);
            }

            return null;
        });
    });

    /// <summary>The replacement, sent through a converter and a format if there are any.</summary>
    private static Replacer Replacement(OttlCall call)
    {
        var text = call.Text("replacement");
        var function = call.TextFunction("function");
        var format = call.LiteralText("replacement_format");
        if (format is not null && format.Split("%s").Length != 2)
        {
            throw call.Bad("replacement_format", $"'{format}' must contain %s exactly once");
        }

        return (context, regex, match) =>
        {
            var result = match is null ? text(context) : regex!.Expand(text(context), match);
            result = function is null ? result : function(context, result);
            return format is null ? result : format.Replace("%s", result, StringComparison.Ordinal);
        };
    }

    private static string? Substitute(GoRegex regex, OttlContext context, string text, Replacer replacement)
    {
        var result = regex.Replace(text, match => replacement(context, regex, match));
        return result == text ? null : result;
    }

    private static bool RemoveWhere(AttributeMap map, Func<string, bool> condition)
    {
        var removed = false;
        for (var i = map.Count - 1; i >= 0; i--)
        {
            if (condition(map.KeyAt(i)))
            {
                map.RemoveAt(i);
                removed = true;
            }
        }

        return removed;
    }

    private static bool EditTexts(AttributeMap map, Func<string, string?> edit)
    {
        var changed = false;
        for (var i = 0; i < map.Count; i++)
        {
            if (map.ValueAt(i) is string text && edit(text) is { } result && result != text)
            {
                map.SetAt(i, result);
                changed = true;
            }
        }

        return changed;
    }

    private static bool RenameKeys(AttributeMap map, Func<string, string?> rename)
    {
        var renamed = new AttributeMap();
        foreach (var (key, value) in map.ToList())
        {
            renamed.Set(rename(key) ?? key, value);
        }

        map.ReplaceBy(renamed);
        return true;
    }

    /// <summary>Cut to a number of bytes without cutting a character; the marker is part of the limit.</summary>
    internal static string Truncate(string text, int limit, string marker)
    {
        if (text.Length <= limit && Encoding.UTF8.GetByteCount(text) <= limit)
        {
            return text;
        }

        var room = limit - Encoding.UTF8.GetByteCount(marker);
        var length = 0;
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > room)
            {
                break;
            }

            bytes += rune.Utf8SequenceLength;
            length += rune.Utf16SequenceLength;
        }

        return text[..length] + marker;
    }

    private sealed class Flattening(long depth, bool resolve)
    {
        private readonly AttributeMap _result = new();
        private readonly Dictionary<string, int> _seen = [];

        public AttributeMap Run(AttributeMap map, string prefix)
        {
            Add(map, prefix.Length == 0 ? "" : prefix + ".", 0);
            return _result;
        }

        private void Add(AttributeMap map, string prefix, long level)
        {
            foreach (var (key, value) in map)
            {
                Put(prefix + key, value, level);
            }
        }

        private void Put(string key, object? value, long level)
        {
            if (value is AttributeMap inner && level < depth)
            {
                Add(inner, key + ".", level + 1);
            }
            else if (value is OtlpList list && level < depth)
            {
                for (var i = 0; i < list.Count; i++)
                {
                    Put(resolve ? key : string.Create(CultureInfo.InvariantCulture, $"{key}.{i}"), list[i], level + 1);
                }
            }
            else if (resolve && _seen.TryGetValue(key, out var number))
            {
                _seen[key] = number + 1;
                _result.Set(string.Create(CultureInfo.InvariantCulture, $"{key}.{number}"), value);
            }
            else
            {
                _seen[key] = 0;
                _result.Set(key, value);
            }
        }
    }
}
