FROM base:1 AS base
WORKDIR /app
EXPOSE 8080
EXPOSE 8081
FROM base:1 AS build
ARG BUILD_CONFIGURATION=Release
WORKDIR /src
COPY ["pkg/a/a.txt", "App/App.csproj"]
RUN echo restore "./App/App.csproj"
COPY . .
WORKDIR "/src/App"
RUN echo build -c $BUILD_CONFIGURATION -o /app/build && mkdir -p /app/build
FROM build AS publish
ARG BUILD_CONFIGURATION=Release
RUN mkdir -p /app/publish && echo "$BUILD_CONFIGURATION" > /app/publish/App.dll
FROM base AS final
WORKDIR /app
COPY --from=publish /app/publish .
ENTRYPOINT ["dotnet", "App.dll"]
