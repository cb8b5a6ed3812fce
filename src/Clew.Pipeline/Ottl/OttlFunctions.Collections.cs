using System.Globalization;
using System.Text;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Collections() => new()
    {
        ["Len"] = new("target", static call =>
        {
            var target = call.Any("target").Get;
            return call.Result(OttlTypes.Int, context => target(context) switch
            {
                string text => (long)Encoding.UTF8.GetByteCount(text),
                OtlpList list => list.Count,
                AttributeMap map => map.Count,
                byte[] bytes => bytes.Length,
                var other => throw call.Wrong("target", "a text, a list or a map", other),
            });
        }),
        ["Keys"] = new("target", static call =>
        {
            var target = call.Map("target");
            return call.Result(OttlTypes.List, context => new OtlpList(target(context).Select(static entry => entry.Key)));
        }),
        ["Values"] = new("target", static call =>
        {
            var target = call.Map("target");
            return call.Result(OttlTypes.List, context => new OtlpList(target(context).Select(static entry => entry.Value)));
        }),
        ["ContainsValue"] = new("target, item", static call =>
        {
            var target = call.List("target");
            var item = call.Any("item").Get;
            return call.Result(OttlTypes.Bool, context =>
            {
                var wanted = item(context);
                return OttlRuntime.Of(target(context).Exists(value => OttlRuntime.Compare("==", value, wanted)));
            });
        }),
        ["Index"] = new("target, value", static call =>
        {
            var target = call.Any("target").Get;
            var value = call.Any("value").Get;
            return call.Result(OttlTypes.Int, context => (target(context), value(context)) switch
            {
                (string text, string part) => text.IndexOf(part, StringComparison.Ordinal) is >= 0 and var index ? Encoding.UTF8.GetByteCount(text.AsSpan(0, index)) : -1L,
                (OtlpList list, var wanted) => (long)list.FindIndex(item => OttlRuntime.Compare("==", item, wanted)),
                var (other, _) => throw call.Wrong("target", "a text or a list", other),
            });
        }),
        ["Sort"] = new("target, order?", static call =>
        {
            var target = call.List("target");
            var order = call.LiteralText("order") ?? "asc";
            if (order is not ("asc" or "desc"))
            {
                throw call.Bad("order", $"'order' must be asc or desc, not '{order}'");
            }

            return call.Result(OttlTypes.List, context =>
            {
                var list = target(context);
                if (list.Find(static item => item is not (long or double or string or bool)) is var odd && odd is not null)
                {
                    throw call.Wrong("target", "a list of numbers, texts and truth values", odd);
                }

                Comparison<object?> comparison = list.TrueForAll(static item => item is long or double)
                    ? static (a, b) => Number(a).CompareTo(Number(b))
                    : static (a, b) => string.CompareOrdinal(OtlpValue.ToText(a), OtlpValue.ToText(b));
                // Stable, so that equal items keep their order.
                var comparer = Comparer<object?>.Create(comparison);
                return new OtlpList(order == "asc" ? list.OrderBy(static item => item, comparer) : list.OrderByDescending(static item => item, comparer));
            });
        }),
        ["SliceToMap"] = new("target, key_path?, value_path?", static call =>
        {
            var target = call.List("target");
            var keyPath = call.Has("key_path") ? call.Texts("key_path") : null;
            var valuePath = call.Has("value_path") ? call.Texts("value_path") : null;
            return call.Result(OttlTypes.Map, context =>
            {
                var map = new AttributeMap();
                var items = target(context);
                for (var i = 0; i < items.Count; i++)
                {
                    var key = keyPath is null ? i.ToString(CultureInfo.InvariantCulture) : At(call, items[i], keyPath(context)) as string
                        ?? throw call.Fail("key_path must lead to a text in every item");
                    map.Set(key, OtlpValue.Copy(valuePath is null ? items[i] : At(call, items[i], valuePath(context))));
                }

                return map;
            });
        }),
        ["ToKeyValueString"] = new("target, delimiter?, pair_delimiter?, sort_output?", static call =>
        {
            var target = call.Map("target");
            var delimiter = call.Text("delimiter", "=");
            var pairDelimiter = call.Text("pair_delimiter", " ");
            var sorted = call.LiteralBool("sort_output") ?? false;
            return call.Result(OttlTypes.String, context =>
            {
                var (between, pairs) = (delimiter(context), pairDelimiter(context));
                if (between == pairs)
                {
                    throw call.Fail($"delimiter and pair_delimiter are the same: '{between}'");
                }

                var entries = sorted ? target(context).OrderBy(static entry => entry.Key, StringComparer.Ordinal) : target(context).AsEnumerable();
                return string.Join(pairs, entries.Select(entry => Quoted(entry.Key) + between + Quoted(OtlpValue.ToText(entry.Value))));

                string Quoted(string text) => text.Contains(between, StringComparison.Ordinal) || text.Contains(pairs, StringComparison.Ordinal)
                    ? $"\"{text.Replace("\"", "\\\"", StringComparison.Ordinal)}\""
                    : text.Replace("\"", "\\\"", StringComparison.Ordinal);
            });
        }),
    };

    private static double Number(object? value) => value is long whole ? whole : (double)value!;

    private static object? At(OttlCall call, object? item, List<string> path)
    {
        foreach (var key in path)
        {
            item = item is AttributeMap map ? map.Get(key) : throw call.Fail($"'{key}' is looked for in {OttlRuntime.NameOf(item)}, not in a map");
        }

        return item;
    }

    private static Dictionary<string, OttlFunction> Lambdas() => new()
    {
        ["Any"] = Predicate("Any", static (_, items, test) => OttlRuntime.Of(items.Any(item => test(item.Key, item.Value))), OttlTypes.Bool),
        ["All"] = Predicate("All", static (_, items, test) => OttlRuntime.Of(items.All(item => test(item.Key, item.Value))), OttlTypes.Bool),
        ["Filter"] = Predicate("Filter", static (source, items, test) =>
        {
            var kept = items.Where(item => test(item.Key, item.Value)).ToList();
            return source is OtlpList ? new OtlpList(kept.Select(static item => item.Value)) : MapOf(kept);
        }, OttlTypes.List | OttlTypes.Map),
        ["Find"] = new("source, predicate, mapper?", static call =>
        {
            var source = call.Any("source").Get;
            var predicate = call.Lambda("predicate", 2);
            var mapper = call.Has("mapper") ? call.Lambda("mapper", 2) : null;
            return call.Result(OttlTypes.Any, context =>
            {
                foreach (var (key, value) in Items(call, source(context)))
                {
                    if (Holds(call, predicate.Call(context, key, value)))
                    {
                        return mapper is null ? value : mapper.Call(context, key, value);
                    }
                }

                return null;
            });
        }),
        ["MapEach"] = new("source, mapper", static call =>
        {
            var source = call.Any("source").Get;
            var mapper = call.Lambda("mapper", 2);
            return call.Result(OttlTypes.List | OttlTypes.Map, context =>
            {
                var value = source(context);
                var mapped = Items(call, value).Select(item => (item.Key, OtlpValue.Copy(mapper.Call(context, item.Key, item.Value)))).ToList();
                return value is OtlpList ? new OtlpList(mapped.Select(static item => item.Item2)) : MapOf(mapped);
            });
        }),
        ["MapKeys"] = new("source, key_mapper", static call =>
        {
            var source = call.Map("source");
            var mapper = call.Lambda("key_mapper", 2);
            return call.Result(OttlTypes.Map, context => MapOf(source(context).Select(entry =>
                ((object?)(mapper.Call(context, entry.Key, entry.Value) as string ?? throw call.Fail("key_mapper must give a text")), OtlpValue.Copy(entry.Value)))));
        }),
        ["Reduce"] = new("source, seed, accumulator", static call =>
        {
            var source = call.Any("source").Get;
            var seed = call.Any("seed").Get;
            var accumulator = call.Lambda("accumulator", 3);
            return call.Result(OttlTypes.Any, context => Items(call, source(context))
                .Aggregate(seed(context), (sum, item) => accumulator.Call(context, sum, item.Key, item.Value)));
        }),
        ["When"] = new("condition, true_value, false_value", static call =>
        {
            var condition = call.Lambda("condition", 0);
            var (yes, no) = (call.Any("true_value").Get, call.Any("false_value").Get);
            return call.Result(OttlTypes.Any, context => Holds(call, condition.Call(context)) ? yes(context) : no(context));
        }),
    };

    private static OttlFunction Predicate(
        string name, Func<object?, IEnumerable<(object? Key, object? Value)>, Func<object?, object?, bool>, object> run, OttlTypes type) => new("source, predicate", call =>
        {
            var source = call.Any("source").Get;
            var predicate = call.Lambda("predicate", 2);
            return call.Result(type, context =>
            {
                var value = source(context);
                return run(value, Items(call, value), (key, item) => Holds(call, predicate.Call(context, key, item)));
            });
        });

    private static bool Holds(OttlCall call, object? value) => value is bool flag ? flag : throw call.Fail($"the lambda must give true or false, it gave {OttlRuntime.NameOf(value)}");

    private static IEnumerable<(object? Key, object? Value)> Items(OttlCall call, object? source) => source switch
    {
        OtlpList list => list.Select(static (item, index) => ((object?)(long)index, item)),
        AttributeMap map => map.Select(static entry => ((object?)entry.Key, entry.Value)),
        _ => throw call.Wrong("source", "a list or a map", source),
    };

    private static AttributeMap MapOf(IEnumerable<(object? Key, object? Value)> entries)
    {
        var map = new AttributeMap();
        foreach (var (key, value) in entries)
        {
            map.Set((string)key!, value);
        }

        return map;
    }
}
