using Clew.Model;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Tests.Support;

namespace Clew.Pipeline.Tests.Ottl;

public sealed class OttlFunctionTests
{
    private const string Span = """
        {"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","parentSpanId":"1112131415161718","name":"GET /shop","kind":2,
         "traceState":"a=1,b=2","startTimeUnixNano":"1000000000","endTimeUnixNano":"3500000000","flags":257,
         "status":{"code":2,"message":"boom"},
         "attributes":[{"key":"text","value":{"stringValue":"Hello World"}},{"key":"n","value":{"intValue":"42"}},{"key":"d","value":{"doubleValue":1.5}},
           {"key":"b","value":{"boolValue":true}},{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"x"},{"stringValue":"y"},{"intValue":"3"}]}}},
           {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}},{"key":"in","value":{"kvlistValue":{"values":[{"key":"deep","value":{"intValue":"1"}}]}}}]}}},
           {"key":"bytes","value":{"bytesValue":"AQI="}}],
         "events":[{"timeUnixNano":"2000000000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}}]}]}
        """;

    [Theory]
    // Paths.
    [InlineData("name", "GET /shop")]
    [InlineData("span.name", "GET /shop")]
    [InlineData("trace_id.string", "0102030405060708090a0b0c0d0e0f10")]
    [InlineData("String(span_id)", "0102030405060708")]
    [InlineData("parent_span_id.string", "1112131415161718")]
    [InlineData("trace_state", "a=1,b=2")]
    [InlineData("trace_state[\"b\"]", "2")]
    [InlineData("kind", "2")]
    [InlineData("kind.string", "Server")]
    [InlineData("kind.deprecated_string", "SPAN_KIND_SERVER")]
    [InlineData("status.code", "2")]
    [InlineData("status.message", "boom")]
    [InlineData("end_time_unix_nano - start_time_unix_nano", "2500000000")]
    [InlineData("Milliseconds(end_time - start_time)", "2500")]
    [InlineData("flags", "257")]
    [InlineData("resource.attributes[\"service.name\"]", "shop")]
    [InlineData("instrumentation_scope.name", "lib")]
    [InlineData("scope.version", "1.2")]
    [InlineData("attributes[\"map\"][\"in\"][\"deep\"]", "1")]
    [InlineData("attributes[\"list\"][1]", "y")]
    [InlineData("attributes[Concat([\"te\", \"xt\"], \"\")]", "Hello World")]
    [InlineData("events[0][\"name\"]", "exception")]
    [InlineData("Len(events)", "1")]
    [InlineData("attributes[\"none\"]", null)]
    // Literals and arithmetic.
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 / 2", "-3")]
    [InlineData("1.5 * 2.0", "3")]
    [InlineData("-attributes[\"n\"]", "-42")]
    [InlineData("SPAN_KIND_CLIENT", "3")]
    [InlineData("{\"a\": [1, true, \"x\"], \"b\": {\"c\": nil}}", """{"a":[1,true,"x"],"b":{"c":null}}""")]
    [InlineData("\"a\\\"b\\\\c\\n\"", "a\"b\\c\n")]
    // Types.
    [InlineData("Int(\"12\")", "12")]
    [InlineData("Int(\"2.0\")", null)]
    [InlineData("Int(2.9)", "2")]
    [InlineData("Double(\"2.5\")", "2.5")]
    [InlineData("Bool(\"TRUE\")", "true")]
    [InlineData("Bool(\"no\")", null)]
    [InlineData("String(attributes[\"list\"])", """["x","y",3]""")]
    [InlineData("IsString(attributes[\"text\"])", "true")]
    [InlineData("IsInt(attributes[\"text\"])", "false")]
    [InlineData("IsMap(attributes[\"map\"])", "true")]
    [InlineData("IsList(attributes[\"list\"])", "true")]
    [InlineData("IsDouble(1.0)", "true")]
    [InlineData("IsBool(attributes[\"b\"])", "true")]
    [InlineData("IsEmpty(\"\")", "true")]
    [InlineData("IsRootSpan()", "false")]
    [InlineData("IsMatch(name, \"^GET\\\\s/\")", "true")]
    [InlineData("IsMatch(attributes[\"n\"], \"^4\")", "true")]
    [InlineData("IsMatch(attributes[\"none\"], \".*\")", "false")]
    [InlineData("IsInCIDR(\"10.1.2.3\", [\"192.168.0.0/16\", \"10.0.0.0/8\"])", "true")]
    [InlineData("IsValidLuhn(\"17893729974\")", "true")]
    [InlineData("Hex(attributes[\"bytes\"])", "0102")]
    [InlineData("Log(1)", "0")]
    [InlineData("Coalesce([attributes[\"none\"], attributes[\"n\"], 7])", "42")]
    // Texts.
    [InlineData("Concat([name, attributes[\"n\"], true], \"-\")", "GET /shop-42-true")]
    [InlineData("Split(\"a|b|c\", \"|\")[1]", "b")]
    [InlineData("Substring(\"123456789\", 0, 3)", "123")]
    [InlineData("Substring(\"一二三\", 0, 4, true)", "一")]
    [InlineData("Trim(\" this is a test \", \" \")", "this is a test")]
    [InlineData("TrimPrefix(\"ingest_service\", \"ingest_\")", "service")]
    [InlineData("TrimSuffix(\"ingest_service\", \"_service\")", "ingest")]
    [InlineData("HasPrefix(name, \"GET\")", "true")]
    [InlineData("HasSuffix(name, \"GET\")", "false")]
    [InlineData("ConvertCase(\"myMetricName\", \"snake\")", "my_metric_name")]
    [InlineData("ConvertCase(\"my_metric\", \"camel\")", "MyMetric")]
    [InlineData("ToUpperCase(\"aB\")", "AB")]
    [InlineData("Format(\"%04d-%02d %s %v %x %t %.2f %q %%\", [7, 3, \"x\", 1.5, 255, true, 2.0, \"q\"])", "0007-03 x 1.5 ff true 2.00 \"q\" %")]
    [InlineData("Format(\"%d %s\", [\"x\"])", "%!d(string=x) %!s(MISSING)")]
    [InlineData("Base64Encode(\"test string\")", "dGVzdCBzdHJpbmc=")]
    [InlineData("Decode(\"aGVsbG8gd29ybGQ=\", \"base64\")", "hello world")]
    // Hashes: known answers.
    [InlineData("MD5(\"name\")", "b068931cc450442b63f5b3d276ea4297")]
    [InlineData("SHA1(\"name\")", "6ae999552a0d2dca14d62e2bc8b764d377b1dd6c")]
    [InlineData("SHA256(\"name\")", "82a3537ff0dbce7eec35d69edc3a189ee6f17d82f353a553f9aa96cb0be3ce89")]
    [InlineData("FNV(\"hello world\")", "8618312879776256743")]
    [InlineData("Murmur3Hash(\"Hello World\")", "ce837619")]
    [InlineData("XXH3(\"\")", "2d06800538d394c2")]
    // Times.
    [InlineData("UnixSeconds(Time(\"02/04/2023\", \"%m/%d/%Y\"))", "1675468800")]
    [InlineData("UnixNano(Time(\"2023-02-04T01:02:03.004Z\", \"2006-01-02T15:04:05.999Z07:00\"))", "1675472523004000000")]
    [InlineData("UnixSeconds(Time(\"2023-02-04 01:00:00\", \"%Y-%m-%d %H:%M:%S\", \"Asia/Seoul\"))", "1675440000")]
    [InlineData("FormatTime(Time(\"02/04/2023\", \"%m/%d/%Y\"), \"%A %h %e %Y\")", "Saturday Feb  4 2023")]
    [InlineData("FormatTime(Unix(1675472523, 4000000), \"%Y-%m-%d %H:%M:%S.%L\")", "2023-02-04 01:02:03.004")]
    [InlineData("Year(Unix(1675472523))", "2023")]
    [InlineData("Weekday(Unix(1675472523))", "6")]
    [InlineData("Nanoseconds(Duration(\"1h30m\"))", "5400000000000")]
    [InlineData("Seconds(Duration(\"1500ms\"))", "1.5")]
    [InlineData("UnixSeconds(TruncateTime(Unix(1675472523), Duration(\"1m\")))", "1675472520")]
    [InlineData("Unix(10) > Unix(9)", "true")]
    // Collections.
    [InlineData("Len(attributes[\"text\"])", "11")]
    [InlineData("ContainsValue(attributes[\"list\"], \"y\")", "true")]
    [InlineData("Index(\"hello world\", \"world\")", "6")]
    [InlineData("Keys({\"a\": 1, \"b\": 2})", """["a","b"]""")]
    [InlineData("Values({\"a\": 1, \"b\": 2})", "[1,2]")]
    [InlineData("Sort([3, 1, 2])", "[1,2,3]")]
    [InlineData("Sort([\"b\", \"a\"], \"desc\")", """["b","a"]""")]
    [InlineData("SliceToMap([{\"name\": \"foo\", \"value\": 2}], [\"name\"], [\"value\"])", """{"foo":2}""")]
    [InlineData("ToKeyValueString({\"k1\": \"v1\", \"k2\": \"v=2\"})", "k1=v1 k2=\"v=2\"")]
    [InlineData("Any(attributes[\"list\"], (_, v) => v == \"y\")", "true")]
    [InlineData("All(attributes[\"list\"], (_, v) => IsString(v))", "false")]
    [InlineData("Filter(attributes[\"map\"], (k, _) => k == \"k\")", """{"k":"v"}""")]
    [InlineData("Find([1, 2, 3], (_, v) => v > 1)", "2")]
    [InlineData("MapEach([1, 2], (_, v) => Int(v) * 2)", "[2,4]")]
    [InlineData("Reduce([1, 2, 3], 0, (acc, _, v) => acc + v)", "6")]
    [InlineData("When(() => attributes[\"n\"] > 0, \"positive\", \"negative\")", "positive")]
    // Parsers.
    [InlineData("ParseJSON(\"{\\\"a\\\":[1,true,null]}\")", """{"a":[1,true,null]}""")]
    [InlineData("ParseKeyValue(\"k1!v1_k2!v2\", \"!\", \"_\")", """{"k1":"v1","k2":"v2"}""")]
    [InlineData("ParseCSV(\"1,\\\"a,b\\\",3\", \"x,y,z\")", """{"x":"1","y":"a,b","z":"3"}""")]
    [InlineData("ParseCSV(\"1|2\", \"x,y\", delimiter=\"|\", header_delimiter=\",\")", """{"x":"1","y":"2"}""")]
    [InlineData("ParseInt(\"-0xFF\", 0)", "-255")]
    [InlineData("ParseInt(\"AA\", 16)", "170")]
    [InlineData("ExtractPatterns(name, \"^(?P<http.method>[A-Z]+) (?P<path>.*)$\")", """{"http.method":"GET","path":"/shop"}""")]
    [InlineData("ExtractGrokPatterns(\"took 15 ms\", \"took %{NUMBER:duration:int} ms\", true)", """{"duration":15}""")]
    [InlineData("URL(\"http://u:p@www.example.com:80/foo.gif?k=v#f\")[\"url.port\"]", "80")]
    [InlineData("URL(\"http://www.example.com\")", """{"url.original":"http://www.example.com","url.scheme":"http","url.domain":"www.example.com","url.path":""}""")]
    [InlineData("UserAgent(\"curl/7.81.0\")[\"user_agent.name\"]", "curl")]
    [InlineData("UserAgent(\"Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0\")[\"user_agent.version\"]", "126.0")]
    [InlineData("ParseXML(\"<a x=\\\"1\\\"><b>t</b></a>\")", """{"tag":"a","attributes":{"x":"1"},"children":[{"tag":"b","content":"t"}]}""")]
    [InlineData("ParseSimplifiedXML(\"<x><y>1</y><y>2</y><z>3</z></x>\")", """{"x":{"y":["1","2"],"z":"3"}}""")]
    [InlineData("GetXML(\"<a><b>1</b><b>2</b></a>\", \"/a/b[1]\")", "<b>1</b>")]
    [InlineData("RemoveXML(\"<a><b>1</b><c>2</c></a>\", \"/a/b\")", "<a><c>2</c></a>")]
    [InlineData("InsertXML(\"<a/>\", \"/a\", \"<b/>\")", "<a><b /></a>")]
    [InlineData("ConvertTextToElementsXML(\"<a><b>foo</b>bar</a>\")", "<a><b>foo</b><value>bar</value></a>")]
    [InlineData("ConvertAttributesToElementsXML(\"<a foo=\\\"bar\\\"><b>baz</b></a>\")", "<a><b>baz</b><foo>bar</foo></a>")]
    public void Expression_has_the_value(string expression, string? expected)
    {
        var value = Value(expression);
        Assert.Equal(expected, value is null ? null : OtlpValue.ToText(value));
    }

    [Theory]
    [InlineData("1 == 1.0", true)]
    [InlineData("attributes[\"n\"] == \"42\"", false)]
    [InlineData("attributes[\"n\"] != \"42\"", true)]
    [InlineData("attributes[\"none\"] == nil", true)]
    [InlineData("nil == nil", true)]
    [InlineData("attributes[\"none\"] < 1", false)]
    [InlineData("false < true", true)]
    [InlineData("\"a\" < \"b\"", true)]
    [InlineData("trace_id == TraceID(0x0102030405060708090a0b0c0d0e0f10)", true)]
    [InlineData("span_id == SpanID(\"0102030405060708\")", true)]
    [InlineData("attributes[\"list\"] == [\"x\", \"y\", 3]", true)]
    [InlineData("true or false and false", true)]
    [InlineData("not true or true", true)]
    [InlineData("not (true or true)", false)]
    [InlineData("kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR", true)]
    [InlineData("IsMatch(name, \"shop\") and attributes[\"n\"] >= 42", true)]
    public void Condition_holds(string condition, bool expected) => Assert.Equal(expected, OttlCondition.Parse(condition, OttlContextKind.Span).IsTrue(Context()));

    [Theory]
    [InlineData("set(attributes[\"x\"], 1", 22, "',' or ')' is needed here, found the end")]
    [InlineData("sett(attributes[\"x\"], 1)", 0, "'sett' is no editor; did you mean 'set'?")]
    [InlineData("set(attributes[\"x\"], Splitt(name, \",\"))", 21, "'Splitt' is no converter; did you mean 'Split'?")]
    [InlineData("set(nam, 1)", 4, "span has no field 'nam'; did you mean 'name'?")]
    [InlineData("set(name, Split(1, \",\"))", 16, "Split: 'target' must be string, this is int")]
    [InlineData("set(name)", 0, "set needs 'value' (parameters: target, value)")]
    [InlineData("set(\"x\", 1)", 4, "set: 'target' must be a path that can be changed")]
    [InlineData("set(name, 1) where name", 19, "a condition is needed here, this is string")]
    [InlineData("set(name, IsMatch(name, \"(\"))", 24, "IsMatch: '(' is no regular expression")]
    [InlineData("set(spanevent.name, 1)", 4, "'spanevent' is not to be seen in the context span")]
    [InlineData("set(name, SPAN_KIND_X)", 10, "'SPAN_KIND_X' is no enum")]
    [InlineData("set(name, \"x)", 10, "a text has no closing quote")]
    [InlineData("set(name, ConvertCase(name, \"title\"))", 28, "ConvertCase: 'to_case' must be lower, upper, snake or camel, not 'title'")]
    public void Statement_that_cannot_be_read_says_where_and_why(string statement, int position, string message)
    {
        var fault = Assert.Throws<OttlSyntaxException>(() => OttlStatement.Parse(statement, OttlContextKind.Span));
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(position, fault.Position);
    }

    [Theory]
    [InlineData("Split(attributes[\"n\"], \",\")")]
    [InlineData("HasPrefix(attributes[\"none\"], \"x\")")]
    [InlineData("1 / (attributes[\"n\"] - 42)")]
    [InlineData("attributes[\"n\"] + 1.5")]
    [InlineData("attributes[\"list\"][7]")]
    [InlineData("attributes[\"text\"][\"x\"]")]
    [InlineData("ParseJSON(\"{\")")]
    [InlineData("Time(\"x\", \"%Y\")")]
    public void Value_that_cannot_be_computed_is_an_error_for_error_mode(string expression) => Assert.Throws<OttlException>(() => Value(expression));

    [Fact]
    public void Context_is_that_of_the_innermost_path()
    {
        Assert.Equal(OttlContextKind.SpanEvent, OttlStatement.Parse("set(spanevent.attributes[\"s\"], span.name)", null).Kind);
        Assert.Equal(OttlContextKind.Resource, OttlStatement.Parse("set(resource.attributes[\"s\"], \"span.name\")", null).Kind);
        Assert.Equal(OttlContextKind.Span, OttlCondition.Parse("span.kind == 2 and resource.attributes[\"a\"] == \"b\"", null).Kind);
        Assert.Throws<OttlSyntaxException>(() => OttlStatement.Parse("set(attributes[\"s\"], span.name)", null));
    }

    [Fact]
    public void Texts_that_no_grammar_has_end_in_an_error_and_nothing_else()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        string[] pieces = ["set", "(", ")", "attributes", "[", "]", "\"k\"", ",", "1", "-", "where", "not", "and", "Split", "=>", "_", ".", "{", "}", ":", "0x01", "nil", "==", "SHA256", "span", " "];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                OttlStatement.Parse(text, OttlContextKind.Span);
            }
            catch (OttlSyntaxException)
            {
            }
            catch (Exception fault)
            {
                Assert.Fail($"seed {seed}: '{text}' ended in {fault.GetType().Name}: {fault.Message}");
            }
        }

        Assert.Throws<OttlSyntaxException>(() => OttlStatement.Parse("set(name, " + new string('(', 5000), OttlContextKind.Span));
        Assert.Throws<OttlSyntaxException>(() => OttlStatement.Parse("set(name, 1) where " + string.Concat(Enumerable.Repeat("not ", 5000)) + "true", OttlContextKind.Span));
    }

    private static object? Value(string expression)
    {
        var context = Context();
        OttlStatement.Parse($"set(cache[\"out\"], {expression})", OttlContextKind.Span).Run(context);
        return context.Cache.Get("out");
    }

    private static OttlContext Context()
    {
        var batch = JsonBatch.Spans("""{"key":"service.name","value":{"stringValue":"shop"}}""", Span);
        var edit = new BatchEdit(batch);
        return new OttlContext(TimeProvider.System)
        {
            Batch = new BatchContext(TenantId.Single, 7), Resource = edit.Resource(0), Scope = edit.Scope(0), Span = edit.Open(0),
        };
    }
}
