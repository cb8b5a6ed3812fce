using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;
using CsCheck;

namespace Clew.TraceQL.Tests;

public sealed class StaticMathTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("7 + 2", "9")]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 / 2", "-3")]
    [InlineData("7 % 4", "3")]
    [InlineData("-7 % 4", "-3")]
    [InlineData("2 ^ 10", "1024")]
    [InlineData("2 ^ -1", "0.5")]
    [InlineData("(-1) ^ 9223372036854775807", "-1")]
    [InlineData("(-1) ^ 1000000000000", "1")]
    [InlineData("0 ^ 9223372036854775807", "0")]
    [InlineData("2 ^ 63", "9.223372036854776E+18")]
    [InlineData("2 ^ 0.5", "1.4142135623730951")]
    [InlineData("7 / 2.0", "3.5")]
    [InlineData("7.5 % 2", "1.5")]
    [InlineData("1.5 + 1.5", "3.0")]
    [InlineData("maxInt + 1", "9.223372036854776E+18")]
    [InlineData("minInt - 1", "-9.223372036854776E+18")]
    [InlineData("-minInt", "9.223372036854776E+18")]
    [InlineData("minInt / -1", "9.223372036854776E+18")]
    [InlineData("1h + 30m", "1h30m0s")]
    [InlineData("1h + 1", "1h0m0.000000001s")]
    [InlineData("1h - 2h", "-1h0m0s")]
    [InlineData("2 * 1.5s", "3s")]
    [InlineData("1.5 * 1s", "1.5s")]
    [InlineData("1s / 2", "500ms")]
    [InlineData("1s / 4.0", "250ms")]
    [InlineData("3s / 2s", "1.5")]
    [InlineData("5s % 2s", "1s")]
    [InlineData("2s ^ 1", "2000000000.0")]
    [InlineData("1h * 1h", "1.296E+25")]
    public void Literal_arithmetic_is_folded(string expression, string expected)
    {
        var root = Parser.ParseQuery($"{{ {expression} }}");
        Assert.Equal($"{{ {expected} }}", root.ToString());
    }

    [Theory]
    [InlineData("1 / 0")]
    [InlineData("1 % 0")]
    [InlineData("1.5 / 0")]
    [InlineData("1s / 0s")]
    [InlineData("0 ^ -1")]
    [InlineData("1e300 * 1e300")]
    [InlineData("(-2) ^ 0.5")]
    [InlineData("1 + true")]
    public void What_has_no_finite_result_stays_as_written(string expression) =>
        Assert.Equal($"{{ {expression.Replace("1e300", "1E+300", StringComparison.Ordinal)} }}", Parser.ParseQuery($"{{ {expression} }}").ToString());

    [Fact]
    public void Integer_results_agree_with_wide_arithmetic() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.OneOf(BinaryOperator.Add, BinaryOperator.Subtract, BinaryOperator.Multiply)).Sample(
            (a, b, op) =>
            {
                var wide = op switch
                {
                    BinaryOperator.Add => (Int128)a + b,
                    BinaryOperator.Subtract => (Int128)a - b,
                    _ => (Int128)a * b,
                };
                Assert.True(StaticMath.TryFold(op, StaticValue.FromInt(a), StaticValue.FromInt(b), out var result));
                return wide >= long.MinValue && wide <= long.MaxValue
                    ? result == StaticValue.FromInt((long)wide)
                    : result.Type == StaticType.Float && Math.Abs((result.AsFloat / (double)wide) - 1) < 1e-12;
            },
            writeLine: output.WriteLine,
            iter: 2000,
            threads: 1);
}
