using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
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

    static WebApplication Build(IConfiguration settings)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddUsers();
        return builder.Build().UseKit(MapUsers);
    }

    static void AddUsers(this IServiceCollection services)
    {
    }

    static void MapUsers(RouteGroupBuilder api)
    {
    }
}
