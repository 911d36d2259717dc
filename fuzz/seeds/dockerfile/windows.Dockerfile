# escape=`
FROM mcr.microsoft.com/windows/nanoserver
WORKDIR C:\app
COPY . C:\app\
RUN dir `
  C:\
SHELL ["powershell", "-Command"]
