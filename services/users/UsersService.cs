using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users;

/// <summary>The users service: people, departments, sign-in.</summary>
public static class UsersService
{
    public static readonly ServiceDefinition Definition = new(
        Services.Users, SchemaScript.Of(typeof(UsersService).Assembly, Services.Users.Name, Services.Users.Role), Build);

    static WebApplication Build(IConfiguration settings) => Build(settings, configure: null);

    /// <param name="configure">What a test puts in the place of the real thing, as the clock.</param>
    internal static WebApplication Build(IConfiguration settings, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddUsers();
        configure?.Invoke(builder);
        var app = builder.Build().UseKit(MapUsers);
        app.MapWellKnown();
        return app;
    }

    static void AddUsers(this IServiceCollection services)
    {
        services.AddSignIn();
    }

    static void MapUsers(RouteGroupBuilder api)
    {
        api.MapSignIn();
    }
}
