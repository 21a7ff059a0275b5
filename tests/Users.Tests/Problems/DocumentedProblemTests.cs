using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests.Problems;

/// <summary>What a route says of itself in <c>.WithProblems</c>, and what it does.</summary>
public sealed class DocumentedProblemTests(World world) : IClassFixture<World>
{
    public static TheoryData<string, string> Caused => [.. Causes.All.Select(c => (c.Operation, c.Code.Name))];

    [Theory]
    [MemberData(nameof(Caused))]
    public async Task A_route_answers_with_the_problem_that_it_documents(string operation, string code)
    {
        var cause = Causes.All.Single(c => c.Operation == operation && c.Code.Name == code);

        using var answer = await cause.How(world);

        await Task.FromResult(answer).ShouldBeAsync(cause.Code);
        answer.RequestMessage!.RequestUri!.ShouldNotBeNull();
        answer.Headers.GetValues("X-Operation").ShouldBe([operation]);
    }

    [Fact]
    public void Every_problem_that_a_route_documents_is_caused_here_and_every_one_that_is_caused_here_is_documented()
    {
        var documented = world.Api.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .SelectMany(e => e.Metadata.OfType<DocumentedProblems>().SelectMany(d => d.Codes).Select(c => $"{Name(e)} {c.Name}"));

        Causes.All.Select(c => c.ToString()).ShouldBe(documented, ignoreOrder: true);

        static string? Name(Microsoft.AspNetCore.Http.Endpoint e) => e.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;
    }

    [Fact]
    public async Task What_OpenAPI_adds_to_a_routes_own_problems_is_caused_for_all_routes_alike()
    {
        var own = Causes.All.ToLookup(c => c.Operation, c => c.Code.Name);

        foreach (var operation in (await world.Api.DocumentedAsync()).Values)
            operation.Codes.Except(own[operation.Id]).Except(AutomaticProblemTests.Codes).ShouldBeEmpty(operation.Id);
    }
}
