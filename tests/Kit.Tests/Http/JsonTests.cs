using System.Text.Json;
using Hdms.Contracts;

namespace Hdms.Kit.Tests.Http;

public sealed class JsonTests
{
    sealed record Named(string Name);

    sealed record Body(IReadOnlyList<Named> Things, IReadOnlyList<string>? Words = null, IReadOnlyList<Guid>? Ids = null);

    [Theory]
    [InlineData("""{"things":[null]}""")]
    [InlineData("""{"things":[{"name":"a"},null]}""")]
    [InlineData("""{"things":[],"words":["a",null]}""")]
    [InlineData("""{"things":[],"ids":[null]}""")]
    public void A_null_in_a_list_of_a_request_is_refused(string body) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Body>(body, Json.Strict));

    [Fact]
    public void A_list_without_one_is_taken() =>
        JsonSerializer.Deserialize<Body>("""{"things":[{"name":"a"}],"words":[],"ids":null}""", Json.Strict)!.Things.ShouldBe([new Named("a")]);
}
