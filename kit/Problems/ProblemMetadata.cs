using Microsoft.AspNetCore.Builder;

namespace Hdms.Kit.Problems;

/// <summary>The problems that a route can answer with, besides those that any route can; OpenAPI shows them, a test causes each.</summary>
public sealed record DocumentedProblems(IReadOnlyList<ProblemCode> Codes);

/// <summary>Route conventions of problems.</summary>
public static class ProblemConventions
{
    public static TBuilder WithProblems<TBuilder>(this TBuilder builder, params ProblemCode[] codes)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new DocumentedProblems(codes));
}
