using System.Text.Json;
using Hdms.Contracts;

namespace Hdms.Kit.Tests.Http;

public sealed class TimeTests
{
    [Theory]
    [InlineData("2026-01-31T09:30:00+00:00", "2026-01-31T09:30:00.000Z")]
    [InlineData("2026-01-31T09:30:00.1239999+05:00", "2026-01-31T04:30:00.123Z")]
    [InlineData("0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:59.9999999+00:00", "9999-12-31T23:59:59.999Z")]
    public void Times_are_written_in_UTC_and_cut_off_at_milliseconds(string time, string written) =>
        JsonSerializer.Serialize(DateTimeOffset.Parse(time, null), Json.Tolerant).ShouldBe($"\"{written}\"");
}
